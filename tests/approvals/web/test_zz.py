import time, cProfile, pstats
from approvals import identity
from approvals.web.app import create_app
from tests.approvals.web.house import *
def test_x(house):
    def t(name,f,n=5):
        a=time.process_time(); b=time.perf_counter()
        for _ in range(n): r=f()
        print(f"{name}: cpu {(time.process_time()-a)/n*1000:.1f} ms wall {(time.perf_counter()-b)/n*1000:.1f} ms"); return r
    t("create_app", lambda: create_app(house.workspace))
    t("signed_in", lambda: house.signed_in("mara"))
    c=iter(range(100)); t("propose", lambda: house.propose(keywords(f"k{next(c)}")))
    a=house.propose(keywords("z")).id; v=house.signed_in("mara")
    t("get queue", lambda: v.get("/queue")); t("get action", lambda: v.get(f"/actions/{a}"))

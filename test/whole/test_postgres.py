"""The store in PostgreSQL, a real one: the guide's walk, two nodes on one database, a server that goes away, TLS, and what is said of
each thing that can be wrong with DATABASE_URL."""

from conftest import Walk


def test_the_guides_walk_over_postgres(start_api, start_sandbox, postgres):
    api = start_api(postgres.settings)
    walk = Walk(api, start_sandbox(api.redirect_uri))
    walk.connect()
    token = api.post("/auth/sentry/token", {"projectId": "shop"}).json()["accessToken"]
    assert api.post("/auth/sentry/refresh", {"projectId": "shop"}).status_code == 200
    assert api.post("/auth/sentry/token", {"projectId": "shop"}).json()["accessToken"] != token
    assert api.get("/integrations/shop/test").json()["ok"]
    api.stop()
    api.start()
    [connection] = api.get("/auth/connections?project=shop").json()["connections"]
    assert connection["status"] == "connected"
    assert token not in str(postgres.query("SELECT * FROM connections"))

"""What runs, and what is asked, when a product is left out."""

import pytest
from typer.testing import CliRunner

from sklad.cli import app
from sklad.embedded import services, startup
from sklad.errors import SettingsError
from sklad.jobs import JOBS, has_work
from sklad.products import require
from sklad.settings import Settings, load_settings


@pytest.fixture
def web() -> Settings:
    return load_settings().model_copy(update={"products": "web"})


def test_nothing_captures_for_web_alone(web: Settings) -> None:
    everything = services.names(load_settings())

    assert services.names(web) == [name for name in everything if name not in services.OF_WMS]
    assert set(services.OF_WMS) < set(everything)


def test_the_start_of_web_alone_has_the_other_steps_in_the_same_order(web: Settings) -> None:
    everything = startup.Startup(load_settings()).steps()
    steps = startup.Startup(web).steps()

    names = [step.name for step in steps]
    assert names == [step.name for step in everything if step.name not in startup.OF_WMS]
    assert len(names) == len(everything) - len(startup.OF_WMS)
    for step in steps:
        assert set(step.after) <= set(names[: names.index(step.name)]), step.name


def test_jobs_of_a_product_that_is_left_out_do_nothing(web: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No service is there that they could ask."""
    monkeypatch.setattr("sklad.cli.apply.load_settings", lambda: web)

    done = CliRunner().invoke(app, ["apply", "source", "connectors", "reference-data", "snapshot", "arrival"])

    assert (done.exit_code, done.output) == (0, "")


def test_jobs_of_all_products_are_done_whichever_there_are(web: Settings) -> None:
    assert [name for name in JOBS if has_work(name, web)] == ["preflight", "topics", "schema", "dashboards"]
    assert all(has_work(name, load_settings()) for name in JOBS)


def test_what_is_about_a_product_that_is_left_out_says_so(web: Settings) -> None:
    require(load_settings(), "stock", "sklad verify compares the balances of stock")
    with pytest.raises(SettingsError, match=r"of stock, and PRODUCTS=web leaves it out\. Add stock in"):
        require(web, "stock", "sklad verify compares the balances of stock")

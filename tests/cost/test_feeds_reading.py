"""Each feed is read in its real form, and an answer that is not whole is none."""

import json
import urllib.error
import urllib.request
from decimal import Decimal

import pytest

from groundplan.cost.feeds.aws import PriceList, without_region
from groundplan.cost.feeds.azure import RetailPrices
from groundplan.cost.feeds.gcp import KEY, Catalog
from groundplan.cost.feeds.rate import Ask, FeedError, charged
from groundplan.cost.feeds.web import Web
from tests.cost.feeds.hosts import Answered, Hosts, refused

S3 = Ask("AmazonS3", "us-east-1")
COMPUTE = Ask("6F81-5844-456A")
STORAGE = Ask("Storage", "westeurope")
SECRET = "AIza-not-to-be-seen"  # noqa: S105 - nobody's


@pytest.fixture
def hosts():
    return Hosts()


@pytest.fixture
def web(hosts):
    return Web(hosts, pause=lambda _: None)


def everything(_offer, _meter):
    return True


def test_an_offer_file_of_aws_is_read_tier_by_tier(web):
    """
    The rows of a SKU become one rate, its steps in order, of the day the file was published.
    """
    rates = {rate.meter: rate for rate in PriceList(web)(S3, everything)}

    storage = rates["TimedStorage-ByteHrs"]
    assert storage.steps == (
        (Decimal(0), Decimal("0.023")),
        (Decimal(51200), Decimal("0.022")),
        (Decimal(512000), Decimal("0.021")),
    )
    assert (storage.unit, storage.day, storage.regions) == ("GB-Mo", "2026-09-28", {"us-east-1"})


def test_only_on_demand_prices_of_the_region_itself_count(web):
    """
    Reserved terms and local zones are in the same file and are not the region's price.
    """
    rates = PriceList(web)(Ask("AmazonEC2", "us-east-1"), everything)

    assert [rate.steps[0][1] for rate in rates if rate.meter == "EBS:VolumeUsage.gp3"] == [Decimal("0.08")]
    assert [rate.steps[0][1] for rate in rates if rate.meter == "BoxUsage:m5.xlarge"] == [Decimal("0.192")]


@pytest.mark.parametrize(
    ("usage_type", "meter"),
    [
        ("Requests-Tier1", "Requests-Tier1"),
        ("EU-Requests-Tier1", "Requests-Tier1"),
        ("APS3-VpcEndpoint-Hours", "VpcEndpoint-Hours"),
        ("eu-central-1-KMS-Keys", "KMS-Keys"),
        ("IA-TimedStorage-ByteHrs", "IA-TimedStorage-ByteHrs"),
        ("USW2-LAX1-EBS:VolumeUsage.gp3", "LAX1-EBS:VolumeUsage.gp3"),
    ],
)
def test_a_usage_type_loses_its_region_and_no_more(usage_type, meter):
    """
    A storage class or a local zone before the name stays: it is another price.
    """
    assert without_region(usage_type) == meter


def test_the_indices_of_aws_are_read_once(hosts, web):
    """
    Two regions of an offer cost one offer index and one region index.
    """
    read = PriceList(web)
    read(S3, everything)
    read(Ask("AmazonS3", "eu-west-1"), everything)

    assert [request.full_url.rsplit("/", 1)[1] for request in hosts.asked].count("index.json") == 1
    assert len(hosts.asked) == 4


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (Ask("AmazonNothing", "us-east-1"), "no such offer"),
        (Ask("AmazonS3", "mars-north-1"), "region index has no mars-north-1"),
    ],
)
def test_what_aws_does_not_have_is_said(web, ask, why):
    """
    An offer or a region that the index lacks is named.
    """
    with pytest.raises(FeedError, match=why):
        PriceList(web)(ask, everything)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda _r, body: Answered(body[:-300], announced=len(body)), "ended after"),
        (lambda _r, body: Answered(body[:-300]), "unexpected end|ends early"),
        (lambda _r, body: Answered(body.replace(b'"USD"', b'"CNY"')), "not in USD"),
        (lambda _r, body: Answered(body.replace(b'"usageType"', b'"usage"')), "no column usageType"),
        (lambda _r, body: Answered(body.replace(b'"OfferCode","AmazonS3"', b'"OfferCode","AmazonEC2"')), "is of"),
        (lambda _r, body: Answered(b"\n".join(body.split(b"\n")[:6]) + b"\n"), "no rows"),
        (lambda _r, body: Answered(body.replace(b"0.0230000000", b"free")), "the price 'free'"),
    ],
)
def test_a_file_of_aws_that_is_not_whole_is_no_answer(hosts, web, spoil, why):
    """
    A file cut short, of another offer, in another currency or of another form is refused.
    """
    hosts.spoilt["aws/AmazonS3-us-east-1.csv"] = spoil

    with pytest.raises(FeedError, match=why):
        PriceList(web)(S3, everything)


def test_all_pages_of_google_are_read(hosts, web):
    """
    SKUs of both pages are rates; the token of the first asks for the second.
    """
    rates = {rate.meter: rate for rate in Catalog(web, SECRET)(COMPUTE, everything)}

    assert rates["Nvidia Tesla A100 GPU running in Americas"].steps[0][1] == Decimal("2.933908")
    assert rates["SSD backed PD Capacity"].day == "2026-09-24"
    assert "pageToken=APKCS1" in hosts.asked[1].full_url


def test_google_s_key_is_in_no_address_and_no_message(hosts, web):
    """
    The key goes as a header: neither an address nor an error shows it.
    """
    hosts.spoilt["gcp/6F81-5844-456A-2.json"] = lambda request, _body: raise_(refused(request, 403))

    with pytest.raises(FeedError) as error:
        Catalog(web, SECRET)(COMPUTE, everything)

    assert hosts.asked[0].get_header("X-goog-api-key") == SECRET
    assert not [request for request in hosts.asked if SECRET in request.full_url]
    assert SECRET not in str(error.value)
    assert "HTTP 403" in str(error.value)


def test_without_a_key_google_says_how_to_give_one(web):
    """
    The message names the environment variable.
    """
    with pytest.raises(FeedError, match=f"set {KEY}"):
        Catalog(web, None)(COMPUTE, everything)


def test_a_page_of_google_that_comes_twice_is_a_missing_page(hosts, web):
    """
    A token that leads back ends the reading with an error, not in a circle.
    """
    first = json.loads((Hosts()(_request(COMPUTE))).read())["nextPageToken"]
    hosts.edit("gcp/6F81-5844-456A-2.json", lambda page: page.update(nextPageToken=first))

    with pytest.raises(FeedError, match="read before"):
        Catalog(web, SECRET)(COMPUTE, everything)


def test_all_pages_of_azure_are_read(hosts, web):
    """
    The link of the first page is followed; steps on two pages are one rate's.
    """
    rates = {(rate.family, rate.meter): rate for rate in RetailPrices(web)(STORAGE, everything)}

    steps = rates["General Block Blob v2", "Hot LRS Data Stored"].steps
    assert [usd for _, usd in steps] == [Decimal("0.0196"), Decimal("0.018816"), Decimal("0.018032")]
    assert len(rates) == 3
    assert {rate.day for rate in rates.values()} == {"2026-10-02"}
    assert len(hosts.asked) == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda page: page["Items"].pop(), "a page of 4 prices has 3"),
        (lambda page: page.update(NextPageLink=page["NextPageLink"].replace("skip=4", "skip=1000")), "begins at 1000"),
        (lambda page: page.update(NextPageLink="https://example.com/"), "not an address of a feed"),
        (lambda page: page.pop("NextPageLink"), "NextPageLink"),
        (lambda page: page["Items"][0].update(currencyCode="EUR"), "in EUR, not in USD"),
    ],
)
def test_a_page_of_azure_that_is_missing_is_no_answer(hosts, web, change, why):
    """
    A page with fewer prices than it says, a gap between pages, a link elsewhere: refused.
    """
    hosts.edit("azure/Storage-westeurope-1.json", change)

    with pytest.raises(FeedError, match=why):
        RetailPrices(web)(STORAGE, everything)


def test_json_cut_short_is_no_answer(hosts, web):
    """
    A document that ends early is refused even where its length is not announced.
    """
    hosts.spoilt["azure/Storage-westeurope-2.json"] = lambda _r, body: Answered(body[: len(body) // 2])

    with pytest.raises(FeedError, match="not all of it"):
        RetailPrices(web)(STORAGE, everything)


def test_a_price_that_is_not_in_force_yet_is_left_out(hosts, web):
    """
    Azure lists prices to come: they are read once their day has come.
    """
    hosts.edit("azure/Storage-westeurope-2.json", lambda page: _defer(page["Items"]))

    meters = {rate.meter for rate in RetailPrices(web)(STORAGE, everything)}
    assert "Hot LRS Write Operations" not in meters


def test_a_busy_host_is_asked_again(hosts):
    """
    429 is tried again after the time that the host asks for, and then answered.
    """
    waited, tries = [], []

    def busy(request, body):
        tries.append(request)
        return raise_(refused(request, 429, Retry_After="7")) if len(tries) < 3 else Answered(body)

    hosts.spoilt["azure/Storage-westeurope-1.json"] = busy

    assert RetailPrices(Web(hosts, pause=waited.append))(STORAGE, everything)
    assert waited == [7.0, 7.0]


def test_a_host_out_of_reach_is_waited_for_once():
    """
    Without the network the first request is tried again, and the many after it fail at once.
    """
    waited = []

    def unreachable(_request):
        raise urllib.error.URLError("no network")

    web = Web(unreachable, pause=waited.append)
    for region in ("westeurope", "eastus2", "northeurope"):
        with pytest.raises(FeedError, match=r"prices\.azure\.com: out of reach"):
            RetailPrices(web)(Ask("Storage", region), everything)

    assert len(waited) == 3


def test_a_free_allowance_is_not_a_price():
    """
    What an account has free is left out: the first unit costs what units past it do.
    """
    steps = ((Decimal(0), Decimal(0)), (Decimal(5), Decimal("2.99")), (Decimal(100), Decimal(2)))

    assert charged(steps) == ((Decimal(0), Decimal("2.99")), (Decimal(100), Decimal(2)))
    assert charged(((Decimal(0), Decimal(0)),)) == ((Decimal(0), Decimal(0)),)


def raise_(error):
    raise error


def _request(ask):
    return urllib.request.Request(f"https://cloudbilling.googleapis.com/v1/services/{ask.offer}/skus")


def _defer(items):
    for item in items:
        if item["meterName"] == "Hot LRS Write Operations":
            item["effectiveStartDate"] = "2026-11-01T00:00:00Z"

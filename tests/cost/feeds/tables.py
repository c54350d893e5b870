"""A catalogue of a few prices, for the samples beside this file."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

CATALOGUE = Path(__file__).parents[3] / "components" / "catalog" / "data"

TABLES = {
    "sources": """\
source,date,licence,what
hand,2026-05-01,facts,read by hand
other,2025-01-01,facts,read elsewhere
""",
    "prices_aws": """\
key,region,usd_per_hour,spot_usd_per_hour,basis,source
ml.m5.xlarge,us-east-1,0.2304,,derived,hand
ml.g5.xlarge,us-east-1,1.408,,derived,hand
ml.m5.xlarge,eu-west-1,0.2568,,derived,hand
ml.p5.4xlarge,eu-west-1,,,unknown,hand
""",
    "services_aws": """\
item,region,from,unit,usd,basis,source,note
s3-standard-storage,us-east-1,0,GB-month,0.0230,listed,hand,first
s3-standard-storage,us-east-1,51200,GB-month,0.022,listed,hand,first
s3-standard-storage,us-east-1,512000,GB-month,0.021,listed,hand,first
s3-standard-storage,eu-west-1,0,GB-month,0.024,derived,other,us-east-1 x 1.04
route53-zone-month,*,0,month,0.5,listed,hand,"no feed, by hand"
nat-gateway-hour,us-east-1,0,hour,0.04,listed,hand,
nat-gateway-hour,eu-west-1,0,hour,,unknown,,not found
kms-key-month,*,0,month,1.0,listed,hand,
sns-requests,us-east-1,0,1M requests,0.5,listed,hand,
ebs-gp3-throughput,eu-west-1,0,month,0.044,listed,hand,
sagemaker-hosting-storage,eu-west-1,0,GB-month,0.154,derived,hand,
""",
    "prices_gcp": """\
key,region,usd_per_hour,spot_usd_per_hour,basis,source
n1-standard-4,us-central1,0.21,0.1,derived,hand
n1-standard-4,europe-west4,0.24,,derived,hand
a2-highgpu-1g,us-central1,4.224393,2.479028,derived,hand
a4-highgpu-8g,us-central1,99,,derived,hand
""",
    "services_gcp": """\
item,region,from,unit,usd,basis,source,note
pd-ssd,us-central1,0,GiB-month,0.17,listed,hand,
pd-ssd,europe-west4,0,GiB-month,0.18,listed,hand,
external-ip-hour,*,0,hour,0.004,listed,hand,
artifact-registry-storage,*,0,GiB-month,0.12,listed,hand,
logging-ingest,*,0,GiB,0.5,listed,hand,
""",
    "prices_azure": """\
key,region,usd_per_hour,spot_usd_per_hour,basis,source
Standard_D4s_v3,eastus,0.19,,listed,hand
Standard_D4s_v3,westeurope,0.20,0.04,listed,hand
""",
    "services_azure": """\
item,region,from,unit,usd,basis,source,note
blob-hot-lrs-storage,westeurope,0,GiB-month,0.02,listed,hand,
blob-hot-lrs-storage,eastus2,0,GiB-month,,unknown,,
key-vault-operations,*,0,10k requests,0.03,listed,hand,
key-vault-hsm-advanced-key-month,*,0,month,5,listed,hand,
functions-flex-executions,westeurope,0,1M requests,0.4,listed,hand,
""",
}


def lay(folder: Path) -> Path:
    """Writes the tables, and copies the rules of the true catalogue beside them."""
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    for name in ("feeds.csv", "feeds_gcp_machines.csv"):
        shutil.copy(CATALOGUE / name, folder)
    return folder


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table as they are now."""
    return list(csv.DictReader((folder / f"{name}.csv").read_text("utf-8").splitlines()))


def cells(folder: Path, name: str, key: str, *columns: str) -> list[tuple[str, ...]]:
    """Some cells of the rows whose first cell is `key`."""
    return [tuple(row[c] for c in columns) for row in rows(folder, name) if next(iter(row.values())) == key]

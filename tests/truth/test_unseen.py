"""Blueprints that nobody here has seen are planned on every cloud, or refused with a place and a way out."""

import json
import os
import re
import shlex
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprints import BlueprintError, Source, parse
from components.base import Cloud
from components.catalog import NoRegion, regions
from components.training import TrainingSpec
from groundplan.cli.looking import made
from groundplan.target import Target, offline_place
from groundplan.testing import Planned
from groundplan.testing.planned import MONTH, planned_from
from tests.test_security_basics import holes
from tests.truth import aws_faults, azure_faults, gcp_faults
from tests.truth.blueprints import blueprints, written

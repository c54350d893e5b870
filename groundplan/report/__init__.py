"""How a plan is shown: a self-contained HTML page, an SVG picture, and tables for the terminal."""

from groundplan.report.diagram import svg
from groundplan.report.page import render
from groundplan.report.tables import compare_table, cost_table, parity_table, plan_table

__all__ = ["compare_table", "cost_table", "parity_table", "plan_table", "render", "svg"]

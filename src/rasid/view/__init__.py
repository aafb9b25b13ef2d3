"""The page that shows reports and their events: inputs read, data prepared, one self-contained HTML file made."""

from rasid.view.data import Reading, page_data
from rasid.view.page import LANGUAGES, make_page

__all__ = ["LANGUAGES", "Reading", "make_page", "page_data"]

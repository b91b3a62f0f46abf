"""Experiments being run: worker processes, runs, and the registry that brings them together.

Standard library only, and nothing here loads torch in the process that imports it: the workers do.
"""

from rnn_engine.runs.books import Books, Viewer
from rnn_engine.runs.playable import Action, Playable, State
from rnn_engine.runs.registry import Registry
from rnn_engine.runs.run import Run
from rnn_engine.runs.survey import Survey
from rnn_engine.runs.survey_worker import Reading

__all__ = ["Action", "Books", "Playable", "Reading", "Registry", "Run", "State", "Survey", "Viewer"]

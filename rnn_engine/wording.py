"""Marks sentences that a screen may show, so that gettext finds them; the engine itself never translates."""

from typing import Any

from pydantic_core import PydanticCustomError


def N_(message: str) -> str:
    """Return `message` unchanged: a mark for the extraction of translatable sentences."""
    return message


#: Every way in which an experiment of valid fields can still be impossible, with what to do about it.
PROBLEMS: dict[str, str] = {
    "sequence_too_short": N_(
        "{given} values are too few for a sequence length of {sequence_length}: at least {needed} are needed. "
        "Lower the sequence length or give more data."
    ),
    "one_character": N_("The text has only one distinct character, so there is nothing to predict. Give at least two."),
    "one_word": N_("The text has only one distinct word, so there is nothing to predict. Give at least two."),
    "too_many_words": N_("The text has {given} distinct words; at most {limit} are accepted."),
    "not_unicode": N_("The text holds half of a character (a lone surrogate) and is not valid Unicode."),
    "text_too_long": N_("The text has {given} characters; at most {limit} are accepted. Shorten it."),
    "too_many_characters": N_("The text has {given} distinct characters; at most {limit} are accepted."),
    "sequence_too_long": N_("The sequence has {given} elements; at most {limit} are accepted. Shorten it."),
    "sequence_empty": N_("The sequence is empty: type at least one element."),
    "one_target": N_("What comes next must be exactly one element; {given} were given."),
    "not_a_number": N_("“{given}” is not a number. Write numbers with spaces between them, such as 0.1 0.5 -0.3."),
    "number_too_large": N_("{given} is too large: numbers from -{limit} to {limit} are accepted."),
    "word_too_long": N_("A word has {given} characters; at most {limit} are accepted."),
    "series_not_finite": N_("Value number {position} is not a finite number. Remove it or fill the gap."),
    "series_too_large": N_("Value number {position} is larger than {limit}. Give the series in a larger unit."),
    "series_constant": N_("All values are the same, so there is nothing to predict."),
    "series_constant_in_training": N_(
        "All values of the training part are the same, so it cannot be scaled. Lower the test fraction."
    ),
    "series_too_long": N_("The series has {given} values; at most {limit} are accepted. Shorten or thin it."),
    "timestamps_do_not_match": N_(
        "There are {given} timestamps for {needed} values. Give one timestamp for each value."
    ),
    "unknown_architecture": N_("There is no architecture “{given}”. Those there are: {known}."),
    "simple_rnn_only": N_("Skips, layer normalisation and the regulariser are for RNN (tanh) and RNN (ReLU) cells."),
    "regulariser_alone": N_("The regulariser needs the plain recurrence: switch the skip and layer normalisation off."),
    "last_only": N_(
        "This task asks for one answer, after the last timestep: set the loss on the last timestep, not on all."
    ),
    "all_only": N_("This task asks for an answer at every timestep: set the loss on all timesteps, not on the last."),
    "generated_too_short": N_(
        "With these settings the task needs a sequence length of at least {needed}, not {given}. Raise it."
    ),
    "sequence_length_must_be": N_(
        "With these settings the task needs a sequence length of exactly {needed}, not {given}. Set it to {needed}."
    ),
    "too_costly": N_(
        "One training step would take about {gigaflops} GFLOP and {megabytes} MB of memory; the limits are "
        "{gigaflops_limit} GFLOP and {megabytes_limit} MB. Lower the hidden size, the number of layers, the sequence "
        "length or the batch size."
    ),
}


def problem(kind: str, **values: Any) -> PydanticCustomError:
    """The error named `kind` in PROBLEMS; `values` fill its sentence and travel along for a translation."""
    return PydanticCustomError(kind, PROBLEMS[kind], values)

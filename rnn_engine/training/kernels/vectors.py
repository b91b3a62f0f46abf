"""Sixteen numbers at once: the one thing about processors that the kernels need to say.

A compiler does not reliably turn loops over small matrices into the vector instructions that a processor's speed
lies in. So a kernel works on `Vector`s, sixteen neighbouring numbers of a row, which LLVM keeps in as many registers
as the machine needs (one with AVX-512, two with AVX2, four with NEON; twice as many for float64). Vectors of one dtype
can be added, subtracted, multiplied and divided, by numbers too; the rest is below. A NaN stays a NaN throughout.
"""

import operator
from typing import Any

from llvmlite import ir
from numba import extending
from numba.core import cgutils, types
from numba.extending import models, overload, register_model

LANES = 16
WHOLE = 1.5 * 2.0**23  # float32 has no fractions here: adding it rounds to a whole number

intrinsic: Any = extending.intrinsic  # its stubs take no account of the first parameter, which is numba's

_CONTRACT = ("contract",)  # a * b + c may be rounded once instead of twice


class Vector(types.Type):
    """Numba's type of sixteen numbers of one dtype."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Vector({dtype})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        element = ir.FloatType() if vector.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, vector, ir.VectorType(element, LANES))


# From memory and back


def _place(context: Any, builder: Any, array: types.Array, args: Any) -> Any:
    """A pointer to the sixteen numbers of a matrix that begin at [row, column]."""
    view = context.make_array(array)(context, builder, args[0])
    indices = [args[1], args[2]]
    first = cgutils.get_item_pointer(context, builder, array, view, indices, wraparound=False, boundscheck=False)
    return builder.bitcast(first, context.get_value_type(Vector(array.dtype)).as_pointer())


@intrinsic
def load(typing: Any, matrix: Any, row: Any, column: Any) -> Any:
    """matrix[row, column : column + 16]; the matrix's rows are contiguous."""
    signature = Vector(matrix.dtype)(matrix, types.intp, types.intp)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[0], args)
        return builder.load(place, align=matrix.dtype.bitwidth // 8)

    return signature, generate


@intrinsic
def store(typing: Any, matrix: Any, row: Any, column: Any, vector: Any) -> Any:
    """matrix[row, column : column + 16] = vector."""
    signature = types.void(matrix, types.intp, types.intp, Vector(matrix.dtype))

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature.args[0], args)
        builder.store(args[3], place, align=matrix.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return signature, generate


# Arithmetic


def _spread(builder: Any, number: Any, kind: Any) -> Any:
    """Sixteen times the same number."""
    undefined = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, undefined, everywhere)


@intrinsic
def spread(typing: Any, number: Any, like: Any) -> Any:
    """A vector of sixteen times `number`, of the dtype of the vector `like`."""
    signature = like(like.dtype, like)
    return signature, lambda context, builder, signature, args: _spread(builder, args[0], args[1].type)


@intrinsic
def multiply_add(typing: Any, number: Any, vector: Any, to: Any) -> Any:
    """number * vector + to, rounded once."""
    signature = to(to.dtype, to, to)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        number, vector, to = args
        kind = vector.type
        name = f"llvm.fma.v{LANES}{'f32' if kind.element == ir.FloatType() else 'f64'}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
        return builder.call(function, [_spread(builder, number, kind), vector, to])

    return signature, generate


@intrinsic
def where_greater(typing: Any, vector: Any, limit: Any, then: Any, otherwise: Any) -> Any:
    """Lane by lane `then` where `vector` is greater than the number `limit`, else `otherwise`, also where it is NaN."""
    signature = vector(vector, vector.dtype, vector, vector)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector, limit, then, otherwise = args
        greater = builder.fcmp_ordered(">", vector, _spread(builder, limit, vector.type))
        return builder.select(greater, then, otherwise)

    return signature, generate


@intrinsic
def power_of_two(typing: Any, shifted: Any) -> Any:
    """2^n of every lane, from n + WHOLE, n whole, -126 to 127; float32 only. Of NaN some number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = ir.VectorType(ir.IntType(32), LANES)
        bits = builder.bitcast(args[0], whole)  # the last nine of them are n's
        exponent = builder.shl(bits, ir.Constant(whole, [23] * LANES))  # to where float32 has its exponent
        return builder.bitcast(builder.add(exponent, ir.Constant(whole, [127 << 23] * LANES)), args[0].type)

    return shifted(shifted), generate


@intrinsic
def exp_lane_by_lane(typing: Any, vector: Any) -> Any:
    """The C library's exp of every lane: slow, for float64."""
    return vector(vector), lambda context, builder, signature, args: _lane_by_lane(builder, "exp", args[0])


@intrinsic
def tanh_lane_by_lane(typing: Any, vector: Any) -> Any:
    """The C library's tanh of every lane: slow, for float64."""
    return vector(vector), lambda context, builder, signature, args: _lane_by_lane(builder, "tanh", args[0])


def _lane_by_lane(builder: Any, name: str, vector: Any) -> Any:
    element = vector.type.element
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(element, [element]), name)
    result = ir.Constant(vector.type, ir.Undefined)
    for lane in range(LANES):
        index = ir.Constant(ir.IntType(32), lane)
        value = builder.call(function, [builder.extract_element(vector, index)])
        result = builder.insert_element(result, value, index)
    return result


def _define(symbol: Any, instruction: str) -> None:
    """Make `symbol` work between vectors, and between a vector and a number."""

    @intrinsic
    def operate(typing: Any, left: Any, right: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return getattr(builder, instruction)(args[0], args[1], flags=_CONTRACT)

        return left(left, right), generate

    def both(left: Any, right: Any) -> Any:
        return operate(left, right)

    def vector_first(left: Any, right: Any) -> Any:
        return operate(left, spread(right, left))

    def number_first(left: Any, right: Any) -> Any:
        return operate(spread(left, right), right)

    @overload(symbol)
    def choose(left: Any, right: Any) -> Any:
        if isinstance(left, Vector):
            return both if isinstance(right, Vector) else vector_first if isinstance(right, types.Number) else None
        return number_first if isinstance(left, types.Number) and isinstance(right, Vector) else None


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_symbol, _instruction)

"""Arithmetic for models that can't count."""

from __future__ import annotations

import math
from typing import Unpack

from agnolo.ports.toolkit import Toolkit, ToolkitOptions
from agnolo.vocabulary import codec

MAX_FACTORIAL = 1_000
MAX_PRIME = 10**14


class CalculatorTools(Toolkit):
    """Eight operations. Each answers with JSON: the operation, and its result or what is wrong."""

    def __init__(self, **options: Unpack[ToolkitOptions]) -> None:
        tools = [
            self.add, self.subtract, self.multiply, self.divide,
            self.exponentiate, self.factorial, self.is_prime, self.square_root,
        ]  # fmt: skip
        super().__init__(name="calculator", tools=tools, **options)

    def add(self, a: float, b: float) -> str:
        """Add one number to another.

        Args:
            a (float): First number.
            b (float): Second number.
        """
        return _answer("addition", a + b)

    def subtract(self, a: float, b: float) -> str:
        """Subtract the second number from the first.

        Args:
            a (float): First number.
            b (float): Second number.
        """
        return _answer("subtraction", a - b)

    def multiply(self, a: float, b: float) -> str:
        """Multiply one number by another.

        Args:
            a (float): First number.
            b (float): Second number.
        """
        return _answer("multiplication", a * b)

    def divide(self, a: float, b: float) -> str:
        """Divide the first number by the second.

        Args:
            a (float): Numerator.
            b (float): Denominator.
        """
        if b == 0:
            return _refusal("division", "Division by zero is undefined")
        return _answer("division", a / b)

    def exponentiate(self, a: float, b: float) -> str:
        """Raise the first number to the power of the second.

        Args:
            a (float): Base.
            b (float): Exponent.
        """
        try:
            return _answer("exponentiation", math.pow(a, b))
        except OverflowError:
            return _refusal("exponentiation", "The result is too large")
        except ValueError:
            return _refusal("exponentiation", "The result is no real number")

    def factorial(self, n: int) -> str:
        """Calculate the factorial of a whole number.

        Args:
            n (int): Number to take the factorial of.
        """
        if n < 0:
            return _refusal("factorial", "Factorial of a negative number is undefined")
        if n > MAX_FACTORIAL:
            return _refusal("factorial", f"Factorials are calculated up to {MAX_FACTORIAL}")
        return _answer("factorial", math.factorial(n))

    def is_prime(self, n: int) -> str:
        """Check whether a whole number is prime.

        Args:
            n (int): Number to check.
        """
        if n > MAX_PRIME:
            return _refusal("prime_check", f"Numbers are checked up to {MAX_PRIME}")
        return _answer("prime_check", n > 1 and all(n % divisor for divisor in range(2, math.isqrt(n) + 1)))

    def square_root(self, n: float) -> str:
        """Calculate the square root of a number.

        Args:
            n (float): Number to take the square root of.
        """
        if n < 0:
            return _refusal("square_root", "Square root of a negative number is undefined")
        return _answer("square_root", math.sqrt(n))


def _answer(operation: str, result: float | bool) -> str:  # noqa: FBT001 - a result
    if isinstance(result, float) and not math.isfinite(result):
        return _refusal(operation, "The result is too large")
    return codec.dumps({"operation": operation, "result": result}).decode()


def _refusal(operation: str, error: str) -> str:
    return codec.dumps({"operation": operation, "error": error}).decode()

using System;

namespace Internal.Runtime.CompilerHelpers;

/// <summary>Takes the calls that ilc emits, by name, where .NET throws. Each one ends the machine.</summary>
internal static class ThrowHelpers
{
    private static void ThrowIndexOutOfRangeException() => Environment.FailFast();

    private static void ThrowDivideByZeroException() => Environment.FailFast();

    private static void ThrowOverflowException() => Environment.FailFast();

    private static void ThrowNullReferenceException() => Environment.FailFast();

    private static void ThrowInvalidProgramException() => Environment.FailFast();

    private static void ThrowFeatureBodyRemoved() => Environment.FailFast();
}

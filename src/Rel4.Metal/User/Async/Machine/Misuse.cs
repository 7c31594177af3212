using System.Diagnostics.CodeAnalysis;

namespace Rel4.Runtime;

/// <summary>Is how the core refuses code that uses it wrongly: here the task ends.</summary>
internal static class Misuse
{
    /// <summary>Refuses an operation that doesn't go together with what was before.</summary>
    [DoesNotReturn]
    public static void Throw(string message) => Environment.FailFast();

    /// <summary>Refuses the use of what has ended.</summary>
    [DoesNotReturn]
    public static void ThrowEnded(string message) => Environment.FailFast();

    /// <summary>Refuses a number.</summary>
    [DoesNotReturn]
    public static void ThrowOutOfRange(string parameter, long value) => Environment.FailFast();
}

using System.Diagnostics.CodeAnalysis;

namespace Rel4.Runtime;

/// <summary>Is how the core refuses code that uses it wrongly: here by exceptions. On Metal the task ends.</summary>
internal static class Misuse
{
    /// <summary>Refuses an operation that doesn't go together with what was before.</summary>
    [DoesNotReturn]
    public static void Throw(string message) => throw new InvalidOperationException(message);

    /// <summary>Refuses the use of what has ended.</summary>
    [DoesNotReturn]
    public static void ThrowEnded(string message) => throw new ObjectDisposedException(objectName: null, message);

    /// <summary>Refuses a number.</summary>
    [DoesNotReturn]
    public static void ThrowOutOfRange(string parameter, long value) => throw new ArgumentOutOfRangeException(parameter, value, message: null);
}

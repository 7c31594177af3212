using System.Diagnostics;

namespace Rel4.Runtime;

/// <summary>Tells whoever runs this process of faults in its code that are nobody's exception: on the standard error output, a line a second at most.</summary>
internal static class ErrorLine
{
    private static long s_last = -Stopwatch.Frequency;

    /// <summary>Writes a line, on a thread of the pool, unless there was one just now. Any thread.</summary>
    public static void Write(string text)
    {
        long now = Stopwatch.GetTimestamp(), last = Volatile.Read(ref s_last);
        if (now - last >= Stopwatch.Frequency && Interlocked.CompareExchange(ref s_last, now, last) == last)
            ThreadPool.UnsafeQueueUserWorkItem(static text => Console.Error.WriteLine($"reL4: {text}"), text, preferLocal: false);
    }
}

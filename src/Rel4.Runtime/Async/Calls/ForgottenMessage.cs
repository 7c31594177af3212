using System.Diagnostics;

namespace Rel4.Runtime;

/// <summary>Reports messages that code has received and forgotten.</summary>
internal static class ForgottenMessage
{
    private static readonly long s_ticksBetweenLines = Stopwatch.Frequency;
    private static long s_lastLine = -s_ticksBetweenLines;

    /// <summary>Reports one: to whoever listens, or else by a line on the standard error output, one a second at most.</summary>
    public static void Report(ForgottenMessageEventArgs forgotten)
    {
        RuntimeMeter.AddForgotten();
        ForgottenSearch.Found();
        if (ReL4.RaiseMessageForgotten(forgotten))
            return;
        long now = Stopwatch.GetTimestamp(), last = Volatile.Read(ref s_lastLine);
        if (now - last >= s_ticksBetweenLines && Interlocked.CompareExchange(ref s_lastLine, now, last) == last)
            ThreadPool.UnsafeQueueUserWorkItem(static line => Console.Error.WriteLine(line), forgotten.ToString(), preferLocal: false);
    }
}

using System.Diagnostics;

namespace Rel4.Contracts;

/// <summary>Tells of unexpected exceptions on the standard error output: a line a second at most, as clients can cause them.</summary>
internal static class FailureLine
{
    private static long s_last = -Stopwatch.Frequency;

    public static void Write(ContractFailure failure)
    {
        long now = Stopwatch.GetTimestamp();
        if (now - s_last < Stopwatch.Frequency)
            return;
        s_last = now;
        ThreadPool.UnsafeQueueUserWorkItem(
            static failure => Console.Error.WriteLine($"reL4: method {failure.Method} failed in a call of badge {failure.Badge}: {failure.Exception}"),
            failure,
            preferLocal: false);
    }
}

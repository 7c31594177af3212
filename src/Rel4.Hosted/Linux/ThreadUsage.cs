namespace Rel4.Hosted.Linux;

/// <summary>Tells what the calling thread has used of the machine.</summary>
internal static unsafe class ThreadUsage
{
    /// <summary>Gets how long the thread has had a processor, in nanoseconds (<c>CLOCK_THREAD_CPUTIME_ID</c>).</summary>
    /// <remarks>Unlike the time of day this enters Linux.</remarks>
    public static long ProcessorNs
    {
        get
        {
            const nint ThreadProcessorTime = 3;
            long* time = stackalloc long[2];
            SystemCall.Invoke(SystemCallNumber.clock_gettime, ThreadProcessorTime, (nint)time);
            return (time[0] * 1_000_000_000) + time[1];
        }
    }
}

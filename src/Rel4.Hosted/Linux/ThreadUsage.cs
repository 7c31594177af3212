namespace Rel4.Hosted.Linux;

/// <summary>Tells what the calling thread has used of the machine (<c>getrusage(2)</c>).</summary>
internal static unsafe class ThreadUsage
{
    /// <summary>Gets how often Linux gave the thread's processor to another thread, unasked.</summary>
    public static long Preemptions
    {
        get
        {
            const nint CallingThread = 1;
            const int Words = 18, InvoluntarySwitches = Words - 1;
            long* usage = stackalloc long[Words];
            SystemCall.Invoke(SystemCallNumber.getrusage, CallingThread, (nint)usage);
            return usage[InvoluntarySwitches];
        }
    }
}

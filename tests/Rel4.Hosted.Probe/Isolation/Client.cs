using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Calls whoever receives, and counts the answers that are not what they ought to be.</summary>
internal static class Client
{
    /// <summary>Calls with the number of the call and of the wrong answers so far; the answer ought to be the next call's number.</summary>
    public static void Run()
    {
        EndpointCap bait = TaskContext.Endpoint("bait");
        ulong wrong = 0;
        for (ulong call = 0; ; call++)
        {
            if (bait.Call(0, call, wrong)[0] != call + 1)
                wrong++;
        }
    }
}

namespace Rel4.Runtime;

/// <summary>Looks for channels whose peers have ended, when the kernel says that some have.</summary>
internal sealed class PeerWatch(TaskRuntime runtime) : PollSource
{
    internal override bool Poll()
    {
        // Once for each ring: the kernel has closed the senders before it rang.
        runtime.Executor.Drop(this);
        runtime.CheckPeers();
        return true;
    }
}

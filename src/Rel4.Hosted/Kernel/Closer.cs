using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Closes what came from tasks, in place of the kernel's thread.</summary>
/// <remarks>
/// How long the last close of a file takes is for its owner to say: a socket may linger over what it has not sent, the memory of a large file
/// has to be freed, and with a socket all goes that others queued in it. So threads do it that may wait. What they have not closed yet stays charged to the
/// <see cref="DescriptorBudget"/>: if all of them waited, tasks could attach no more at some point, and no more than that.
/// </remarks>
internal sealed class Closer(DescriptorBudget budget)
{
    /// <summary>How many may wait at once.</summary>
    private const int MostThreads = 8;

    private readonly Lock _lock = new();
    private readonly Queue<int> _queue = new();
    private int _threads;

    /// <summary>Closes descriptors, for each of which the budget was charged one, soon. Does not wait.</summary>
    public void Close(params ReadOnlySpan<int> descriptors)
    {
        lock (_lock)
        {
            foreach (int descriptor in descriptors)
                _queue.Enqueue(descriptor);
            if (_threads == MostThreads)
                return;
            _threads++;
        }

        try
        {
            new Thread(CloseAll) { IsBackground = true, Name = "reL4 closer" }.UnsafeStart();
        }
        catch (OutOfMemoryException)
        {
            // Linux has no thread for it now. They wait for the next who comes.
            lock (_lock)
                _threads--;
        }
    }

    private void CloseAll()
    {
        while (true)
        {
            int descriptor;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out descriptor))
                {
                    _threads--;
                    return;
                }
            }

            DescriptorSocket.StopLingering(descriptor);
            _ = Descriptors.Close(descriptor);
            budget.Release();
        }
    }
}

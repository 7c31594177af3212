using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Closes what came from tasks, in place of the kernel's thread.</summary>
/// <remarks>
/// How long the last close of a file takes is for its owner to say: a socket may linger over what it has not sent, the memory of a large file
/// has to be freed, and with a socket all goes that others queued in it. So threads do it that may wait. What they have not closed yet is charged to
/// who sent it: if all of them waited, that task could attach no more at some point, and no more than that.
/// </remarks>
internal sealed class Closer(Budget budget)
{
    /// <summary>How many may wait at once.</summary>
    private const int MostThreads = 8;

    private readonly Lock _lock = new();
    private readonly Queue<(HostedProcess Payer, int Descriptor)> _queue = new();
    private int _threads;

    /// <summary>Closes descriptors soon. Does not wait.</summary>
    public void Close(HostedProcess payer, params ReadOnlySpan<int> descriptors)
    {
        budget.Take(payer, new Cost(descriptors.Length));
        lock (_lock)
        {
            foreach (int descriptor in descriptors)
                _queue.Enqueue((payer, descriptor));
            if (_queue.Count == 0 || _threads == MostThreads)
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
            (HostedProcess Payer, int Descriptor) next;
            lock (_lock)
            {
                if (!_queue.TryDequeue(out next))
                {
                    _threads--;
                    return;
                }
            }

            DescriptorSocket.StopLingering(next.Descriptor);
            _ = Descriptors.Close(next.Descriptor);
            budget.Release(next.Payer, new Cost(1));
        }
    }
}

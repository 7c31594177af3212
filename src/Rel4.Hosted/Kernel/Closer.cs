using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Closes what came from tasks, and their larger frames, in place of the kernel's thread.</summary>
/// <remarks>
/// How long the last close of a file takes is for its owner to say: a socket may linger over what it has not sent, the memory of a large file
/// has to be freed, and with a socket all goes that others queued in it. So threads do it that may wait. What they have not closed yet is charged to
/// who sent it: if all of them waited, that task could attach no more at some point, and no more than that.
/// </remarks>
internal sealed class Closer(Budget budget) : IDisposable
{
    /// <summary>How many may wait at once.</summary>
    private const int MostThreads = 8;

    /// <summary>How many may wait before <see cref="TryClose"/> refuses: memory that waits is somebody's whose it is no more.</summary>
    private const int MostWaiting = 64;

    private readonly object _lock = new();
    private readonly Queue<(HostedProcess Payer, int Descriptor)> _queue = new(MostWaiting);
    private int _threads;
    private int _idle;
    private bool _isEnding;

    /// <summary>Closes descriptors soon. Does not wait.</summary>
    public void Close(HostedProcess payer, params ReadOnlySpan<int> descriptors)
    {
        if (descriptors.IsEmpty)
            return;
        budget.Take(payer, new Cost(descriptors.Length));
        lock (_lock)
        {
            foreach (int descriptor in descriptors)
                _queue.Enqueue((payer, descriptor));
            if (_idle > 0)
            {
                // Each call has another thread do it: one that does may wait for long.
                _idle--;
                Monitor.Pulse(_lock);
                return;
            }

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

    /// <summary>Does so, unless many wait already.</summary>
    /// <returns>False if the caller has to close it.</returns>
    public bool TryClose(HostedProcess payer, int descriptor)
    {
        lock (_lock)
        {
            if (_queue.Count >= MostWaiting)
                return false;
        }

        Close(payer, descriptor);
        return true;
    }

    /// <summary>Ends the threads when they have closed all that waits. Does not wait.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isEnding = true;
            _idle = 0;
            Monitor.PulseAll(_lock);
        }
    }

    private void CloseAll()
    {
        while (TryTake(out (HostedProcess Payer, int Descriptor) next))
        {
            DescriptorSocket.StopLingering(next.Descriptor);
            _ = Descriptors.Close(next.Descriptor);
            budget.Release(next.Payer, new Cost(1));
        }
    }

    /// <summary>Waits for the next.</summary>
    private bool TryTake(out (HostedProcess Payer, int Descriptor) next)
    {
        lock (_lock)
        {
            while (!_queue.TryDequeue(out next))
            {
                if (_isEnding)
                {
                    _threads--;
                    return false;
                }

                _idle++;
                Monitor.Wait(_lock);
            }

            return true;
        }
    }
}

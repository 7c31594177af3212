using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Makes the runtime's system calls, so that no executor enters the kernel.</summary>
/// <remarks>
/// One thread of this process, the steward, makes those that return at once: objects, mappings, registrations. Calls that wait for
/// somebody else run on further threads, which are made as they are needed and used again.
/// </remarks>
internal class KernelThreads
{
    /// <summary>How many openings may be under way at once, which servers that don't answer can make last. Each costs a thread.</summary>
    private const int MostOpenings = 48;

    private const ulong BufferAddress = 1 << Limits.PageBits;

    private static readonly TimeSpan s_longWait = TimeSpan.FromHours(1);

    private readonly AsyncMachine _machine;
    private readonly BlockingCollection<Action> _short = [];
    private readonly BlockingCollection<Action<Exception?>> _blocking = [];
    private readonly ConcurrentBag<TcbCap> _spareThreads = [];
    private readonly Queue<Action<Exception?>> _openings = [];
    private int _openingThreads;
    private int _blockingThreads;
    private int _unfinished;

    // Under the lock of _short: nothing is added after the end.
    private bool _hasEnded;

    /// <summary>Makes what is common, and starts nothing.</summary>
    protected KernelThreads(AsyncMachine machine)
    {
        _machine = machine;
        Objects = new RuntimeObjects(machine.Holdings);
    }

    /// <summary>Gets who receives from which endpoint.</summary>
    public ChannelAcceptors Acceptors { get; } = new();

    /// <summary>Gets what is under way by which capability.</summary>
    public CapabilityUses Uses { get; } = new();

    /// <summary>Gets what the runtime makes objects from.</summary>
    public RuntimeObjects Objects { get; }

    /// <summary>Starts the steward.</summary>
    /// <remarks>On a thread that can make system calls.</remarks>
    /// <exception cref="SeL4Exception">The kernel refuses.</exception>
    public static KernelThreads Start(AsyncMachine machine)
    {
        var threads = new KernelThreads(machine);
        machine.StartThread(threads.MakeThread(), "reL4 steward", threads.ServeShort);
        return threads;
    }

    /// <summary>Has the steward do something that doesn't block. Any thread; doesn't wait for it.</summary>
    /// <param name="work">What to do. It does not throw, but that the kernel has ended. After the end it is not done: what it gives back is gone with the kernel.</param>
    public virtual void Post(Action work) => TryPost(work);

    /// <summary>Has the steward do something that doesn't block, and waits for it. Any thread but the steward.</summary>
    /// <exception cref="KernelEndedException">The threads have ended.</exception>
    public virtual T Invoke<T>(Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        using var done = new ManualResetEventSlim();
        bool isPosted = TryPost(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }

            done.Set();
        });
        if (!isPosted)
            throw new KernelEndedException();
        // With a limit, though the steward always comes: an executor's thread is refused to block without one.
        while (!done.Wait(s_longWait))
        {
        }

        failure?.Throw();
        return result;
    }

    /// <summary>Does something on a thread of the kernel on which it may wait as long as it likes. Any thread; doesn't wait for it.</summary>
    /// <param name="work">What to do. It does not throw. It is given why there is no thread for it, if there is none.</param>
    public virtual void PostBlocking(Action<Exception?> work)
    {
        bool isPosted;
        lock (_short)
        {
            isPosted = !_hasEnded;
            if (isPosted)
            {
                Interlocked.Increment(ref _unfinished);
                _blocking.Add(work);
                _short.Add(AddBlockingThreadIfNeeded);
            }
        }

        if (!isPosted)
            work(new KernelEndedException());
    }

    /// <summary>As <see cref="PostBlocking"/>, for an opening, which waits its turn if as many as may be are under way.</summary>
    public virtual void PostOpening(Action<Exception?> work)
    {
        lock (_openings)
        {
            _openings.Enqueue(work);
            if (_openingThreads == MostOpenings)
                return;
            _openingThreads++;
        }

        PostBlocking(ServeOpenings);
    }

    /// <summary>Lets the threads end when they have done what they were given. For a kernel that has ended, so that none waits in it.</summary>
    public virtual void End()
    {
        lock (_short)
        {
            _hasEnded = true;
            _short.CompleteAdding();
            _blocking.CompleteAdding();
        }
    }

    /// <summary>Takes back a thread that was made and has never run.</summary>
    public void ReturnThread(TcbCap thread) => _spareThreads.Add(thread);

    /// <summary>Makes a thread of the kernel, with a frame to trap through, that does not run yet.</summary>
    public TcbCap MakeThread()
    {
        if (_spareThreads.TryTake(out TcbCap spare))
            return spare;
        RuntimeHoldings holdings = Objects.Holdings;
        var thread = new TcbCap(Objects.MakeSmall(ObjectType.Tcb));
        try
        {
            var buffer = new FrameCap(Objects.MakeSmall(ObjectType.Page4K));
            thread.Configure(holdings.CNode, holdings.VSpace, BufferAddress, buffer, guard: holdings.CNodeGuard);
            return thread;
        }
        catch
        {
            Objects.ReturnSmall(ObjectType.Tcb, thread.CPtr);
            throw;
        }
    }

    private bool TryPost(Action work)
    {
        lock (_short)
        {
            if (!_hasEnded)
                _short.Add(work);
            return !_hasEnded;
        }
    }

    private void AddBlockingThreadIfNeeded()
    {
        // A thread for each that is posted and not finished, whether it was taken yet or not. Only the steward adds; one too many if another ends meanwhile.
        if (Volatile.Read(ref _unfinished) <= _blockingThreads)
            return;
        try
        {
            _machine.StartThread(MakeThread(), $"reL4 waiting {_blockingThreads + 1}", ServeBlocking);
            _blockingThreads++;
        }
        catch (Exception refused) when (refused is InvalidOperationException or Rel4Exception)
        {
            if (_blocking.TryTake(out Action<Exception?>? work))
                Finish(work, refused);
        }
    }

    private void ServeShort()
    {
        foreach (Action work in _short.GetConsumingEnumerable())
        {
            try
            {
                work();
            }
            catch (KernelEndedException)
            {
                // What was to be given back is gone with the kernel. Who waits for a result is told, so this goes on.
            }
        }

        // For whom no thread could be started any more.
        while (_blocking.TryTake(out Action<Exception?>? left))
            Finish(left, new KernelEndedException());
    }

    private void ServeOpenings(Exception? noThread)
    {
        while (true)
        {
            Action<Exception?>? work;
            lock (_openings)
            {
                if (!_openings.TryDequeue(out work))
                {
                    _openingThreads--;
                    return;
                }
            }

            work(noThread);
        }
    }

    private void ServeBlocking()
    {
        foreach (Action<Exception?> work in _blocking.GetConsumingEnumerable())
            Finish(work, noThread: null);
    }

    private void Finish(Action<Exception?> work, Exception? noThread)
    {
        work(noThread);
        Interlocked.Decrement(ref _unfinished);
    }
}

using System.Diagnostics.CodeAnalysis;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Is the task's end of its socket: the one place that reads what the kernel sends, and sees when the kernel ends.</summary>
/// <remarks>
/// Messages come at any time, so a thread of its own reads them all. What user interrupts are concerned with it sets up at once, since senders
/// can't be told of a receiver before; what a thread asked for is kept until that thread takes it.
/// </remarks>
internal sealed unsafe class KernelConnection(int socket)
{
    private readonly Arrivals<(int Page, int Doorbell)> _threadPages = new();
    private readonly Arrivals<int> _frames = new();
    private readonly Arrivals<int> _lanes = new();
    private readonly Arrivals<UserInterruptReceiver?> _receivers = new();
    private readonly Arrivals<UserInterruptSender?> _senders = new();
    private readonly Lock _lock = new();
    private readonly List<TaskThread> _threads = [];
    private readonly Dictionary<ulong, UserInterruptSender> _openSenders = [];
    private Thread? _reader;
    private volatile bool _hasEnded;
    private long _threadsAttached;

    // Only for the reader.
    private readonly Dictionary<ushort, UserInterruptReceiver> _receiversByIndex = [];
    private long _threadsStarted;

    /// <summary>Gets or sets the machine of the runtime that uses it; null if none does.</summary>
    public AsyncMachine? Machine { get; set; }

    /// <summary>Gets whether the kernel has ended.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Begins to read.</summary>
    public void Start()
    {
        _reader = new Thread(Read, maxStackSize: 256 * 1024) { IsBackground = true, Name = "reL4 kernel messages" };
        _reader.UnsafeStart();
    }

    /// <summary>Waits until the kernel has ended and all of this process know.</summary>
    public void AwaitEnd() => _reader?.Join();

    /// <summary>Waits for a thread that the kernel starts; each caller gets another.</summary>
    public TaskThread AttachThread(int spins)
    {
        (int page, int doorbell) = _threadPages.Take((ulong)Interlocked.Increment(ref _threadsAttached));
        if (page < 0)
        {
            throw new InvalidOperationException(
                "the kernel can't start this thread: it is out of descriptors (raise its limit, 'ulimit -n'), or the thread's IPC buffer is no "
                + "frame that may be written. Then resume the thread again (TCB_Resume)");
        }

        var thread = new TaskThread(this, (TrapPage*)Memory.MapWritable(page, TrapPage.Size), doorbell, spins);
        _ = Descriptors.Close(page);
        thread.Page->Thread = Affinity.CurrentThread();
        thread.Page->LaneTaken = 0;
        lock (_lock)
            _threads.Add(thread);
        return thread;
    }

    /// <summary>Tells a thread no more that the kernel has ended.</summary>
    public void Forget(TaskThread thread)
    {
        lock (_lock)
            _threads.Remove(thread);
    }

    /// <summary>Sends the kernel what it needs of a process that is to become a task.</summary>
    /// <exception cref="InvalidOperationException">The kernel has ended, or does not take it.</exception>
    public void SendProcess(int processSocket, int processDescriptor)
    {
        if (!DescriptorSocket.TrySend(socket, new TaskMessage { Kind = TaskMessageKind.Process }, processSocket, processDescriptor))
            throw new InvalidOperationException("the kernel has ended");
    }

    /// <summary>Takes the descriptor of a frame that was mapped; the caller closes it.</summary>
    public int TakeFrame(ulong number) => _frames.Take(number);

    /// <summary>Takes the descriptor of a lane's page, if it has come; the caller closes it.</summary>
    public bool TryTakeLane(uint number, out int file) => _lanes.TryTake(number, out file);

    /// <summary>Closes the descriptor of a lane's page that was sent and nobody takes, when it has come.</summary>
    public void DropLane(uint number)
    {
        try
        {
            _ = Descriptors.Close(_lanes.Take(number));
        }
        catch (InvalidOperationException)
        {
            // The kernel has ended meanwhile.
        }
    }

    /// <summary>Takes a receiver that was registered for a thread of this process; null if there was no memory or descriptor for it.</summary>
    public UserInterruptReceiver? TakeReceiver(ushort index) => _receivers.Take(index);

    /// <summary>Takes a sender that a thread of this process registered; null if there was no memory or descriptor for it.</summary>
    public UserInterruptSender? TakeSender(SenderHandle handle)
    {
        UserInterruptSender? sender = _senders.Take(handle.Raw);
        if (sender == null)
            return null;
        lock (_lock)
        {
            sender.Users = 1;
            _openSenders.Add(handle.Raw, sender);
        }

        return sender;
    }

    /// <summary>Shares a sender that somebody in this process uses.</summary>
    public bool TryShareSender(SenderHandle handle, [NotNullWhen(true)] out UserInterruptSender? sender)
    {
        lock (_lock)
        {
            if (!_openSenders.TryGetValue(handle.Raw, out sender))
                return false;
            sender.Users++;
            return true;
        }
    }

    /// <summary>Takes note that somebody uses a sender no longer.</summary>
    /// <returns>Whether that was the last.</returns>
    public bool Release(UserInterruptSender sender)
    {
        lock (_lock)
        {
            if (--sender.Users > 0)
                return false;
            _openSenders.Remove(sender.Handle.Raw);
            return true;
        }
    }

    private void Read()
    {
        Span<int> descriptors = stackalloc int[TaskMessage.Descriptors];
        while (DescriptorSocket.Receive(socket, out TaskMessage message, descriptors))
            Handle(message, descriptors);
        End();
    }

    private void Handle(in TaskMessage message, ReadOnlySpan<int> descriptors)
    {
        switch (message.Kind)
        {
            case TaskMessageKind.Thread:
                _threadPages.Add((ulong)++_threadsStarted, (descriptors[0], descriptors[1]));
                break;
            case TaskMessageKind.Frame:
                _frames.Add(message.Number, descriptors[0]);
                break;
            case TaskMessageKind.Lane:
                _lanes.Add(message.Number, descriptors[0]);
                break;
            case TaskMessageKind.Receiver:
                AddReceiver(message.Receiver, UserInterruptReceiver.TryCreate(this, descriptors));
                break;
            case TaskMessageKind.ReceiverSlot:
                if (!_receiversByIndex.TryGetValue(message.Receiver, out UserInterruptReceiver? receiver) || !receiver.TryAdd(message, descriptors))
                    Descriptors.CloseAll(descriptors);
                break;
            case TaskMessageKind.Sender:
                _senders.Add(message.Number, UserInterruptSender.TryCreate(this, new SenderHandle(message.Number), descriptors));
                break;
            default:
                Descriptors.CloseAll(descriptors);
                break;
        }
    }

    private void AddReceiver(ushort index, UserInterruptReceiver? receiver)
    {
        _ = _receiversByIndex.Remove(index);
        if (receiver != null)
            _receiversByIndex.Add(index, receiver);
        _receivers.Add(index, receiver)?.Dispose();
    }

    /// <summary>Frees the threads that wait for a kernel that is gone.</summary>
    private void End()
    {
        _hasEnded = true;
        _threadPages.End();
        _frames.End();
        _lanes.End();
        _receivers.End();
        _senders.End();
        foreach (UserInterruptReceiver receiver in _receiversByIndex.Values)
            receiver.KernelEnded();
        lock (_lock)
        {
            foreach (TaskThread thread in _threads)
                thread.KernelEnded();
        }

        _ = Descriptors.Close(socket);
    }
}

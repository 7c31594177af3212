using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Makes system calls for one thread of a task, through its trap page.</summary>
internal sealed unsafe class TaskThread(KernelConnection connection, TrapPage* page, int doorbell, int spins) : IDisposable
{
    [ThreadStatic]
    private static TaskThread? t_current;

    private uint _request;
    private ulong _lastSender;
    private LaneEnd? _lane;
    private uint _laneNumber;

    /// <summary>Gets or sets the one that the calling thread uses; null if it can't make system calls.</summary>
    public static TaskThread? Current
    {
        get => t_current;
        set => t_current = value;
    }

    /// <summary>Gets the connection to its kernel.</summary>
    public KernelConnection Connection => connection;

    public TrapPage* Page { get; } = page;

    /// <summary>Gets or sets the capability of the thread itself; 0 if the task has not said.</summary>
    public ulong Self { get; set; }

    /// <summary>Gets whether nobody answers any more.</summary>
    public bool HasKernelEnded => connection.HasEnded;

    /// <summary>Gets the eventfd that it rings when the kernel does not look by itself.</summary>
    public int Doorbell { get; } = doorbell;

    /// <summary>Gets the thread's end of its lane; null if it has none.</summary>
    public LaneEnd? Lane => _lane;

    /// <summary>Makes a system call and waits for the answer.</summary>
    public void Trap(TrapFrame* frame)
    {
        if (Page->LaneGiven != _laneNumber)
            ChangeLane();
        if (_lane != null)
        {
            TrapWithLane(_lane, frame);
            return;
        }

        WriteCall(frame);
        Request();
        if (TryAwait(_request))
            TakeAnswer(frame);
        else
            frame->Status = TrapStatus.KernelEnded;
    }

    /// <summary>Ends the wait of a thread whose kernel has ended. There is no other writer of the completion any more.</summary>
    public void KernelEnded()
    {
        // A number that no request has, so that a thread that is about to sleep does not.
        Volatile.Write(ref Page->Completion, Volatile.Read(ref Page->Completion) + (1u << 31));
        Futex.Wake(&Page->Completion);
    }

    /// <summary>Takes note of a sender that the kernel gave this thread.</summary>
    /// <returns>False if the thread has had it before: no generation is given out twice, and later ones are larger.</returns>
    public bool TryNote(SenderHandle handle)
    {
        bool isNew = handle.Generation > _lastSender;
        if (isNew)
            _lastSender = handle.Generation;
        return isNew;
    }

    /// <summary>Asks the kernel not to keep the thread on its own processor any more.</summary>
    public void StayAway() => Volatile.Write(ref Page->Thread, 0);

    /// <summary>Lets the kernel place the calling thread again, which is this one.</summary>
    public void ComeBack() => Volatile.Write(ref Page->Thread, Affinity.CurrentThread());

    /// <summary>Gives the page and the doorbell back. Only the thread itself may do so, as it uses them without asking.</summary>
    public void Dispose()
    {
        Retire();
        Memory.Unmap(Page, TrapPage.Size);
    }

    /// <summary>Does so but for the page, in which executors of other threads may show their turns (<see cref="Pulse"/>): as a task's first thread.</summary>
    public void Retire()
    {
        connection.Forget(this);
        if (Page->LaneGiven != _laneNumber)
            connection.DropLane(Page->LaneGiven);
        _lane?.Dispose();
        _ = Descriptors.Close(Doorbell);
    }

    private void TrapWithLane(LaneEnd lane, TrapFrame* frame)
    {
        WriteCall(frame);
        if (TryLane(lane, frame))
            frame->Status = TrapStatus.Completed;
        else if (Volatile.Read(ref Page->Completion) == _request)
            TakeAnswer(frame);
        else
            frame->Status = TrapStatus.KernelEnded;
    }

    /// <summary>Makes a system call through the lane, if that is open and carries it, or through the kernel, which may open the lane meanwhile.</summary>
    /// <returns>Whether the message came through the lane and is in the frame.</returns>
    private bool TryLane(LaneEnd lane, TrapFrame* frame)
    {
        LaneWord word = lane.Word;
        if (frame->Number == Syscall.ReplyRecv)
        {
            if (!lane.TryReply(frame, word))
                Request();
            return lane.AwaitCall(frame, _request, connection);
        }

        if (lane.TryCall(frame, word, _request + 1))
            return lane.AwaitReply(frame, ++_request, connection);
        Request();
        TryAwait(_request);
        return false;
    }

    /// <summary>Tells the kernel of a system call.</summary>
    private void Request()
    {
        Volatile.Write(ref Page->Request, ++_request);

        // Pairs with the fence in HotThreads.TryLetGo: either the kernel sees the request, or this sees that it must ring.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref Page->Polled) == 0)
            Descriptors.Ring(Doorbell);
    }

    private void WriteCall(TrapFrame* frame) => Page->Call = new TrapRegisters
    {
        Number = frame->Number,
        Capability = frame->Capability,
        Info = frame->Info,
        Word0 = frame->Word0,
        Word1 = frame->Word1,
        Word2 = frame->Word2,
        Word3 = frame->Word3,
    };

    private void TakeAnswer(TrapFrame* frame)
    {
        frame->Status = Page->Status;
        frame->Badge = Page->Result.Capability;
        frame->Info = Page->Result.Info;
        frame->Word0 = Page->Result.Word0;
        frame->Word1 = Page->Result.Word1;
        frame->Word2 = Page->Result.Word2;
        frame->Word3 = Page->Result.Word3;
    }

    /// <summary>Maps the page of the lane that the kernel has given the thread, if it has come; the last one's goes.</summary>
    private void ChangeLane()
    {
        uint given = Page->LaneGiven;
        if (!connection.TryTakeLane(given, out int file))
            return;
        _lane?.Dispose();
        _lane = null;
        _laneNumber = given;
        var page = (LanePage*)Memory.TryMapWritable(file, LanePage.Size);
        _ = Descriptors.Close(file);
        if (page == null)
            return;
        _lane = new LaneEnd(Page, page, spins);

        // The kernel sees it with the request that follows.
        Page->LaneTaken = given;
    }

    /// <summary>Waits for the answer.</summary>
    /// <returns>False if the kernel has ended.</returns>
    private bool TryAwait(uint request)
    {
        for (int i = 0; i < spins; i++)
        {
            if (Volatile.Read(ref Page->Completion) == request)
                return true;
            Thread.SpinWait(1);
        }

        Volatile.Write(ref Page->Sleeping, 1);

        // Pairs with the fence in HostedThread.Wake: either this sees the completion, or the kernel sees that it must wake.
        Interlocked.MemoryBarrier();
        uint seen;
        while ((seen = Volatile.Read(ref Page->Completion)) != request && !HasKernelEnded)
            Futex.Wait(&Page->Completion, seen);
        Volatile.Write(ref Page->Sleeping, 0);
        return seen == request;
    }
}

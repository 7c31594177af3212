using System.Diagnostics;
using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Hosted.Kernel;

/// <summary>Serves the system calls of all tasks, one after another, on a thread of its own.</summary>
/// <remarks>
/// The loop looks at the trap pages of the <see cref="HotThreads"/> in turn and serves one call of each, so that nobody is served more
/// often than another, within the share of each process (<see cref="Shares"/>). After a while without any it asks them to
/// ring their doorbells and sleeps. Nothing is allocated but when a thread, process or user interrupt is added. Not for use from other
/// threads.
/// </remarks>
internal sealed unsafe class KernelLoop : IDisposable
{
    /// <summary>Capabilities deleted, or chunks cleared, before others have their turn.</summary>
    private const int WorkPerTurn = 256;

    /// <summary>How long a piece of a burial takes, about.</summary>
    private static readonly long BurialPiece = Stopwatch.Frequency / 10_000;

    private const int SpinsWhenSpread = 200;

    /// <summary>How many of those that became runnable are answered in a turn, at most.</summary>
    private const int AnswersPerTurn = 256;

    /// <summary>How often the kernel takes events before it looks for gathered threads that compute, if events keep coming.</summary>
    private const int WaitsPerSweep = 64;

    /// <summary>How many calls a busy kernel serves before it looks at its events: whoever is not hot rings, and is heard then.</summary>
    private const int CallsBetweenEvents = 64;

    private readonly KernelState* _state;
    private readonly Events _events = new();
    private readonly HotThreads _hot = new();
    private readonly Lanes _lanes;
    private readonly Shares _shares = new(TimeSpan.FromMicroseconds(25));
    private readonly int _spins;
    private readonly Placement _placement;
    private readonly int _wake;
    private GCHandle _self;
    private Inspection? _inspection;
    private int _sweep;
    private volatile bool _stopping;
    private int _work;
    private long _pieceEnd = long.MaxValue;
    private int _calls;

    public KernelLoop(KernelState* state, Placement placement, ushort receivers, bool hasLanes)
    {
        _state = state;
        _spins = placement.IsTogether ? 0 : SpinsWhenSpread;
        _placement = placement;
        _wake = LinuxException.Check(Descriptors.TryCreateEvent(), "eventfd");
        Budget = Budget.OfThisProcess(receivers, (int)state->Shared->SenderCount);
        Closer = new Closer(Budget);
        Frames = new FrameMemory(Budget, Closer);
        Population = new Population(state, Frames, Budget, Closer, _events, _hot, _placement);
        UserInterrupts = new UserInterruptController(state, Population, Budget, receivers);
        _lanes = new Lanes(state, Population, Budget, placement, hasLanes);
        _self = GCHandle.Alloc(this);
        state->MachineData = (void*)GCHandle.ToIntPtr(_self);
        state->Current = null;
        LinuxException.Check(_events.TryAddDoorbell(_wake, EventKind.Wake, 0) ? 0 : -1, "epoll_ctl");
    }

    /// <summary>Looks at the kernel, and may change it, between two system calls.</summary>
    internal delegate void Inspection(KernelState* kernel);

    public Budget Budget { get; }

    public Closer Closer { get; }

    public FrameMemory Frames { get; }

    public Population Population { get; }

    public UserInterruptController UserInterrupts { get; }

    /// <summary>Finds the loop of a kernel.</summary>
    public static KernelLoop Of(KernelState* kernel) => (KernelLoop)GCHandle.FromIntPtr((nint)kernel->MachineData).Target!;

    /// <summary>Lets the loop do something between two system calls. May be called from any thread.</summary>
    /// <remarks>Returns at once. There can be one at a time that has not begun.</remarks>
    public void Post(Inspection inspection)
    {
        if (Interlocked.CompareExchange(ref _inspection, inspection, null) != null)
            throw new InvalidOperationException("another inspection has not begun yet");
        Descriptors.Ring(_wake);
    }

    /// <summary>Ends the loop. May be called from any thread.</summary>
    public void Stop()
    {
        _stopping = true;
        Descriptors.Ring(_wake);
    }

    /// <summary>Serves until it is stopped.</summary>
    public void Run()
    {
        int idle = 0;
        _placement.Settle();
        while (!_stopping)
        {
            if (Volatile.Read(ref _inspection) is { } inspection)
            {
                Volatile.Write(ref _inspection, null);
                _lanes.CloseAll();
                inspection(_state);
            }

            _shares.BeginTurn();
            _hot.EndRests();
            bool worked = ServeHot() | AnswerReady() | Bury();
            UserInterrupts.TellOfClosedSenders();
            if (worked)
            {
                idle = 0;
                // A turn without any counts, too: a burial may go on for long.
                if (++_calls >= CallsBetweenEvents)
                {
                    _calls = 0;
                    TakeEvents(limitMs: 0);
                }
            }
            else if (idle < _spins)
            {
                idle++;
                Thread.SpinWait(1);
            }
            else
            {
                idle = 0;
                if (_hot.TryLetGo())
                    TakeEvents(SleepLimitMs);
            }
        }

        _lanes.CloseAll();
    }

    /// <summary>Lets a thread that has no fault handler know of its fault.</summary>
    public bool TryReportFault(Tcb* tcb, in Fault fault)
    {
        if (Population.ThreadOf(tcb) is not { IsInSystemCall: true } thread)
            return false;
        tcb->Fault = fault;
        uint words = FaultMessage.Write(tcb, tcb, Message.Buffer(tcb, CapRights.ReadWrite));
        tcb->Fault = default;
        Message.SetResult(tcb, 0, new MessageInfo((ulong)fault.Type, 0, 0, words));
        thread.Status = TrapStatus.Faulted;
        return true;
    }

    /// <summary>Lets a caller know that nobody can reply to it.</summary>
    public bool TryReportAbandonment(Tcb* caller)
    {
        if (Population.ThreadOf(caller) is not { } thread)
            return false;
        Message.SetResult(caller, 0, default);
        thread.Status = TrapStatus.Abandoned;
        return true;
    }

    /// <summary>Counts a unit of a long operation.</summary>
    /// <returns>Whether others should have their turn.</returns>
    public bool CountWork() => ++_work % WorkPerTurn == 0 || (_pieceEnd != long.MaxValue && Stopwatch.GetTimestamp() >= _pieceEnd);

    public void Dispose()
    {
        UserInterrupts.Dispose();
        Population.Dispose();
        _events.Dispose();
        _ = Descriptors.Close(_wake);
        Frames.Dispose();
        Closer.Dispose();
        _self.Free();
    }

    /// <summary>Gets how long to sleep at most: somebody may be resting, or the placement may have to be looked at; -1 for ever.</summary>
    private int SleepLimitMs
    {
        get
        {
            int rest = Population.HasBurials || _state->ReadyQueues[0].Head != null ? 1 : _hot.RestMs;
            if (!_placement.HasGathered)
                return rest;
            int patience = (int)_placement.Patience.TotalMilliseconds;
            return rest < 0 ? patience : Math.Min(rest, patience);
        }
    }

    /// <summary>Gives every hot thread that made a system call its turn.</summary>
    private bool ServeHot()
    {
        bool served = false;
        for (int i = _hot.Count - 1; i >= 0; i--)
        {
            // Serving one may take others out.
            if (i >= _hot.Count || !_hot[i].HasRequest)
                continue;
            served |= Serve(_hot[i]);
        }

        return served;
    }

    /// <summary>Takes a thread's system call over. One that is stopped has it handled when it is resumed.</summary>
    /// <returns>False if its process rests, or has had its share of this turn.</returns>
    private bool Serve(HostedThread thread)
    {
        if (_shares.MustWait(thread.Payer))
        {
            _hot.Rest(thread);
            return false;
        }

        _calls++;
        thread.TakeRequest();
        _placement.Called(thread);
        _hot.Remove(thread);
        if (thread.Tcb->IsRunnable)
        {
            // One that was resumed in this turn lines up to go on, which it does by this call: it is not answered for that, nor made to repeat it.
            HostedMachine.ThreadStopped(_state, thread.Tcb);
            thread.Tcb->State = ThreadState.Running;
            Enter(thread);
        }

        return true;
    }

    /// <summary>Lets the core handle a thread's system call, and answers it if that did not block.</summary>
    private void Enter(HostedThread thread)
    {
        Tcb* tcb = thread.Tcb;
        thread.StepBehindTrap();
        bool isInterrupt = (Syscall)tcb->Context.Rdx == HostedSyscall.DeliverUserInterrupt;
        if (!isInterrupt)
            _lanes.MakeWay(thread);

        // Behind that: how many lanes others have is not this process' doing, and to open one again takes them more calls than closing it costs.
        _shares.Begin(thread.Payer);
        HostedThread? caller = _lanes.CallerOf(thread);
        _state->Current = tcb;
        if (isInterrupt)
            DeliverUserInterrupt(thread);
        else
            Kernel<HostedMachine>.HandleSystemCall(_state);
        _state->Current = null;
        _shares.End(thread.Payer);
        if (caller != null)
            _lanes.Replied(thread, caller);
        if (!tcb->IsRunnable || Population.ThreadOf(tcb) != thread)
            return;
        if (thread.MustRepeat)
            HostedMachine.ThreadReady(_state, tcb);
        else
            Answer(thread);
    }

    /// <summary>Does a piece of a burial.</summary>
    /// <returns>Whether there was something to do.</returns>
    private bool Bury()
    {
        if (!Population.IsBurialDue)
            return false;
        _lanes.CloseAll();
        _pieceEnd = Stopwatch.GetTimestamp() + BurialPiece;
        bool worked = Population.Bury();
        _pieceEnd = long.MaxValue;
        return worked;
    }

    private void DeliverUserInterrupt(HostedThread poster)
    {
        var handle = new SenderHandle(Message.GetRegister(poster.Tcb, 0));
        Tcb* receiver = UserInterrupts.FindReceiver(poster.Process, handle);
        bool isFresh = receiver != null;
        Message.SetResult(poster.Tcb, 0, new MessageInfo(isFresh ? 0ul : (ulong)SeL4Error.InvalidCapability, 0, 0, 0));
        if (isFresh)
            Kernel<HostedMachine>.HandleUserInterrupt(_state, receiver);
    }

    /// <summary>Answers those that became runnable, in the order in which they did. Those that come meanwhile have the next turn.</summary>
    /// <returns>Whether anything was done.</returns>
    private bool AnswerReady()
    {
        bool worked = false;
        Tcb* last = _state->ReadyQueues[0].Tail, tcb = null;

        // Counted, too: the last may be gone before its turn, by what another does, and those that rest line up again and again.
        for (int left = AnswersPerTurn; left > 0 && tcb != last && _state->ReadyQueues[0].Head != null; left--)
        {
            tcb = _state->ReadyQueues[0].Head;
            HostedMachine.ThreadStopped(_state, tcb);
            worked |= AnswerReady(tcb);
        }

        return worked;
    }

    /// <summary>Answers one that became runnable, or goes on with its system call.</summary>
    /// <returns>False if its process rests, or has had its share of this turn: then it lines up again.</returns>
    private bool AnswerReady(Tcb* tcb)
    {
        HostedThread? thread = Population.ThreadOf(tcb);
        if (tcb->State == ThreadState.Restart)
            Kernel<HostedMachine>.Activate(tcb);
        if (thread == null)
        {
            Start(tcb);
        }
        else if (thread.IsInSystemCall && thread.MustRepeat)
        {
            if (_shares.MustWait(thread.Payer))
            {
                HostedMachine.ThreadReady(_state, tcb);
                return false;
            }

            Enter(thread);
        }
        else if (thread.IsInSystemCall)
        {
            Answer(thread);
        }

        return true;
    }

    /// <summary>Starts a thread. One that can't be started is stopped again, so that it can be resumed when what was missing is there.</summary>
    private void Start(Tcb* tcb)
    {
        if (Population.TryStart(tcb))
            return;
        Threads<HostedMachine>.Suspend(_state, tcb);
        Population.ReportFailedStart(tcb);
    }

    private void Answer(HostedThread thread)
    {
        _placement.Answered(thread);
        if (thread.MayGetLane && _lanes.TryOpen(thread))
        {
            thread.CompleteUnpolled();
            return;
        }

        _hot.Add(thread);
        thread.Complete();
    }

    /// <summary>Takes note of threads that rang, and of processes that ended. What another thread of this process wants, the loop looks for.</summary>
    /// <param name="limitMs">How long to sleep until something happens; -1 for ever.</param>
    private void TakeEvents(int limitMs)
    {
        int count = _events.Wait(limitMs);
        if (_placement.HasGathered && (count == 0 || --_sweep <= 0))
        {
            _lanes.CloseSlow();
            _placement.ReleaseLong();
            _sweep = WaitsPerSweep;
        }

        for (int i = 0; i < count; i++)
        {
            (EventKind kind, int number) = _events[i];
            if (kind == EventKind.Doorbell && Population.Thread(number) is { } rang)
                _lanes.CloseOf(rang);
            switch (kind)
            {
                case EventKind.Doorbell when Population.Thread(number) is { IsInSystemCall: false } thread:
                    Volatile.Write(ref thread.Page->Polled, 1);
                    _hot.Add(thread);
                    break;
                case EventKind.ProcessEnd:
                    Population.ProcessEnded(number);
                    break;
            }
        }
    }
}

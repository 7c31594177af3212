using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Kernel;

namespace Rel4.Hosted.Kernel;

/// <summary>Keeps what the kernel knows of a thread beside its TCB. Only the kernel's own loop uses it.</summary>
internal sealed unsafe class HostedThread(int number, Tcb* tcb, TrapPage* page, int doorbell, HostedProcess process)
{
    /// <summary>Gets its place in the kernel's table.</summary>
    public int Number { get; } = number;

    public Tcb* Tcb { get; } = tcb;

    /// <summary>Gets the page it traps through; the thread writes it at will.</summary>
    public TrapPage* Page { get; } = page;

    /// <summary>Gets the eventfd it rings when the kernel does not look by itself.</summary>
    public int Doorbell { get; } = doorbell;

    public HostedProcess Process { get; } = process;

    /// <summary>Gets whose rest its calls are charged to, and who rests: a task that makes processes has no more of the kernel's time by that.</summary>
    public HostedProcess Payer { get; } = process.Payer;

    /// <summary>Gets or sets whether a system call of its is being handled, or waits.</summary>
    public bool IsInSystemCall { get; set; }

    /// <summary>Gets or sets its place among those that the kernel looks at by itself; -1 if it is not one.</summary>
    public int HotIndex { get; set; } = -1;

    /// <summary>Gets or sets whether it made a call that is not looked at until its process has rested.</summary>
    public bool IsResting { get; set; }

    /// <summary>Gets or sets what the answer to its system call will say.</summary>
    public TrapStatus Status { get; set; }

    /// <summary>Gets or sets when its last system call was answered, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long AnsweredAt { get; set; }

    /// <summary>Gets or sets how many calls it made in a row with little time between them.</summary>
    public int ShortCalls { get; set; }

    /// <summary>Gets or sets Linux's number of the thread while it is kept on the kernel's processor; 0 if it is not.</summary>
    public int GatheredId { get; set; }

    /// <summary>Gets or sets what it might run on before it was kept there.</summary>
    public Affinity.ProcessorSet Processors { get; set; }

    /// <summary>Gets the number of the system call that it made last.</summary>
    public uint Request { get; private set; }

    /// <summary>Gets or sets the lane that it has an end of; null for none.</summary>
    public Lane? Lane { get; set; }

    /// <summary>Gets or sets the number of its end of the lane, by which it finds the page; 0 for none.</summary>
    public uint LaneNumber { get; set; }

    /// <summary>Gets or sets the thread that it talked to last by Call and ReplyRecv, with nobody between (<see cref="Lanes"/>).</summary>
    public HostedThread? Partner { get; set; }

    /// <summary>Gets or sets how many calls of its <see cref="Partner"/> it replied to in a row.</summary>
    public int CallsInRow { get; set; }

    /// <summary>Gets or sets whether its call, which is about to be answered, may be the last one before a lane opens.</summary>
    public bool MayGetLane { get; set; }

    /// <summary>Gets the number and the capability of the system call that it made last.</summary>
    public (Syscall Number, ulong Capability) Call { get; private set; }

    /// <summary>Tells whether it made a system call that was not looked at.</summary>
    public bool HasRequest => Volatile.Read(ref Page->Request) != Request;

    /// <summary>Takes the system call over from the page, each word once.</summary>
    public void TakeRequest()
    {
        Request = Volatile.Read(ref Page->Request);
        IsInSystemCall = true;
        TakeCall();
        Call = ((Syscall)Tcb->Context.Rdx, Tcb->Context.Rdi);
    }

    /// <summary>Takes note of how many calls it has made past the kernel, in a lane that is closed now.</summary>
    public void CatchUp(uint request) => Request = request;

    /// <summary>Takes the registers of a system call from the page, each word once.</summary>
    public void TakeCall()
    {
        ref UserContext context = ref Tcb->Context;
        context.Rdx = (ulong)Page->Call.Number;
        context.Rdi = Page->Call.Capability;
        context.Rsi = Page->Call.Info.Raw;
        context.R10 = Page->Call.Word0;
        context.R8 = Page->Call.Word1;
        context.R9 = Page->Call.Word2;
        context.R15 = Page->Call.Word3;
        StepBehindTrap();
    }

    /// <summary>Puts the thread where the processor puts one that traps.</summary>
    /// <remarks>Also when it traps again: a call that was preempted is made anew.</remarks>
    public void StepBehindTrap()
    {
        Tcb->FaultIP = TrapPage.TrapAddress;
        Tcb->Context.Rip = TrapPage.TrapAddress + TrapPage.TrapLength;
    }

    /// <summary>Gets whether the core wants the system call to be made again: it set the thread back to the trap.</summary>
    public bool MustRepeat => Tcb->Context.Rip == TrapPage.TrapAddress;

    /// <summary>Writes the answer and lets the thread go on. The kernel looks at it from now on.</summary>
    public void Complete()
    {
        Volatile.Write(ref Page->Polled, 1);
        CompleteUnpolled();
    }

    /// <summary>As <see cref="Complete"/>, for a thread that rings when it wants the kernel.</summary>
    public void CompleteUnpolled()
    {
        ref UserContext context = ref Tcb->Context;
        Page->Status = Status;
        Page->Result = new TrapRegisters
        {
            Capability = context.Rdi,
            Info = new MessageInfo(context.Rsi),
            Word0 = context.R10,
            Word1 = context.R8,
            Word2 = context.R9,
            Word3 = context.R15,
        };
        Status = TrapStatus.Completed;
        IsInSystemCall = false;
        Wake(Request);
    }

    /// <summary>Lets a thread that waits for its answer look at its page, and wait on.</summary>
    /// <remarks>By a number that no request has, and that this request was not nudged by before.</remarks>
    public void Nudge() => Wake(Request + (1u << 30));

    /// <summary>Lets a thread go on whose answer the lane's page holds.</summary>
    public void CompleteInLane() => Wake(Request);

    private void Wake(uint completion)
    {
        Volatile.Write(ref Page->Completion, completion);

        // Pairs with the fence in TaskThread.Trap: either this sees that the thread sleeps, or the thread sees the completion.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref Page->Sleeping) != 0)
            Futex.Wake(&Page->Completion);
    }
}

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

    /// <summary>Gets the number of the system call that it made last.</summary>
    public uint Request { get; private set; }

    /// <summary>Tells whether it made a system call that was not looked at.</summary>
    public bool HasRequest => Volatile.Read(ref Page->Request) != Request;

    /// <summary>Takes the system call over from the page, each word once.</summary>
    public void TakeRequest()
    {
        Request = Volatile.Read(ref Page->Request);
        IsInSystemCall = true;
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

    /// <summary>Writes the answer and lets the thread go on.</summary>
    public void Complete()
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
        Volatile.Write(ref Page->Polled, 1);
        Volatile.Write(ref Page->Completion, Request);

        // Pairs with the fence in TaskThread.Trap: either this sees that the thread sleeps, or the thread sees the completion.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref Page->Sleeping) != 0)
            Futex.Wake(&Page->Completion);
    }
}

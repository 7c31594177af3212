using Rel4.Abi;
using Rel4.Sim;
using Rel4.Sim.Stories;
using Rel4.Spec;
using Core = Rel4.Kernel;
using SpecThread = Rel4.Spec.Thread;

namespace Rel4.Refinement.Tests;

/// <summary>Says when the kernel's long operations are interrupted.</summary>
internal enum Preemption
{
    /// <summary>Never: every system call is one step.</summary>
    Never,

    /// <summary>At every preemption point.</summary>
    Always,
}

/// <summary>Runs the kernel and the specification side by side.</summary>
/// <remarks>There are two kernels, one that may take the fast path and one that may not: their memories must be the same after every act.</remarks>
internal sealed unsafe class Lockstep : IDisposable
{
    private readonly SimKernel _kernel;
    private readonly SimKernel _slowKernel;
    private readonly Sabotage _sabotage;
    private readonly Preemption _preemption;

    /// <summary>Boots a kernel, and takes over its state as the specification's first.</summary>
    public Lockstep(Preemption preemption = Preemption.Never, Sabotage? sabotage = null)
    {
        _kernel = new SimKernel(Machine);
        _slowKernel = new SimKernel(Machine with { HasFastPath = false });
        _preemption = preemption;
        _sabotage = sabotage ?? Sabotage.None;
        Spec = Abstraction.Of(_kernel);
    }

    /// <summary>Gets the sizes of the machine: small, so that everything runs out now and then.</summary>
    public static SimOptions Machine { get; } = new(MemoryBits: 19, RootCNodeBits: 6, Senders: 4);

    /// <summary>Gets the specification's state.</summary>
    public SpecState Spec { get; private set; }

    /// <summary>Gets how often a system call was preempted.</summary>
    public int Preemptions { get; private set; }

    /// <summary>Gets how many system calls went by the fast path.</summary>
    public ulong FastCalls => _kernel.FastCalls;

    /// <summary>Gets whether a thread lost, in a preempted call, what it needed to finish it.</summary>
    /// <remarks>
    /// The manual allows that ("Deletion and Revocation"). The specification, whose calls are not preempted, does not show it, so the two
    /// can't be compared any further.
    /// </remarks>
    public bool HasParted { get; private set; }

    /// <summary>Gives the specification's state after boot.</summary>
    public static SpecState FirstState()
    {
        using var kernel = new SimKernel(Machine);
        return Abstraction.Of(kernel);
    }

    /// <summary>Gives the commands that a line of a story stands for; none if its thread can't act.</summary>
    public static IEnumerable<Command> CommandsOf(SpecState state, Act act)
    {
        if (act.Actor is { } thread)
        {
            if (state.FindThread(thread) is not { IsRunnable: true })
                yield break;
            yield return new DispatchCommand(thread);
        }
        switch (act)
        {
            case TrapAct trap:
                bool hasBuffer = Rel4.Spec.Rules.Messages.BufferOf(state, trap.Call.Thread, CapRights.ReadWrite) is not null;
                foreach ((int index, ulong value) in trap.Buffer.Where(_ => hasBuffer))
                    yield return new WriteBufferCommand(trap.Call.Thread, index, value);
                yield return trap.Call;
                break;
            case RetryAct retry:
                yield return SystemCallIn(state.Thread(retry.Thread));
                break;
            case FaultAct fault:
                yield return new FaultCommand(fault.Thread, fault.Fault);
                break;
            case PostAct post:
                yield return new PostCommand(post.Thread, post.Handle);
                break;
            case ComputeAct compute:
                yield return new WriteRegisterCommand(compute.Thread, compute.Register, compute.Value);
                break;
            case TickAct:
                yield return new TickCommand();
                break;
        }
    }

    /// <summary>Performs a line of a story on both sides, comparing after every command.</summary>
    /// <returns>The first difference; <see langword="null"/> if there is none.</returns>
    public string? Perform(Act act)
    {
        try
        {
            return CommandsOf(Spec, act).Select(Perform).FirstOrDefault(difference => difference is not null) ?? FindDifferenceOfFastPath();
        }
        catch (BrokenKernelException broken)
        {
            return broken.Message;
        }
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _slowKernel.Dispose();
    }

    private static SystemCallCommand SystemCallIn(SpecThread thread) => new(
        thread.Address,
        thread[Register.Rdx],
        thread[Register.Rdi],
        thread[Register.Rsi],
        thread[Register.R10],
        thread[Register.R8],
        thread[Register.R9],
        thread[Register.R15]);

    private string? Perform(Command command)
    {
        if (HasParted)
            return null;
        SpecState before = Spec;
        Spec = _sabotage.Step(before, command);
        bool isAccepted = Execute(before, command, _kernel);
        Execute(before, command, _slowKernel);
        _sabotage.Tamper(_kernel, command);
        _sabotage.Tamper(_slowKernel, command);
        if (HasParted)
            return null;
        if (command is PostCommand && isAccepted != Spec.PostAccepted)
            return $"the post is to be {(Spec.PostAccepted ? "accepted" : "refused")}, the kernel decided otherwise";
        CheckInvariants(_kernel);
        return Comparison.FindDifference(Spec, _kernel);
    }

    /// <summary>Compares all memory of the two kernels.</summary>
    private string? FindDifferenceOfFastPath() => MemorySnapshot.FirstDifference(_kernel, _slowKernel) is >= 0 and var offset
        ? $"the memory at {offset:x} is to be the same with and without the fast path"
        : null;

    private bool Execute(SpecState before, Command command, SimKernel kernel)
    {
        switch (command)
        {
            case DispatchCommand dispatch:
                kernel.Dispatch(ThreadAt(kernel, dispatch.Thread));
                return true;
            case SystemCallCommand call:
                Load(ThreadAt(kernel, call.Thread), call);
                Trap(kernel, ThreadAt(kernel, call.Thread));
                return true;
            case FaultCommand fault:
                kernel.RaiseFault(ThreadAt(kernel, fault.Thread), FaultOf(fault.Fault));
                return true;
            case PostCommand post:
                return kernel.Post(ThreadAt(kernel, post.Thread), new SenderHandle(post.Handle));
            case WriteBufferCommand write:
                ulong buffer = Rel4.Spec.Rules.Messages.BufferOf(before, write.Thread, CapRights.ReadWrite)!.Value;
                ((ulong*)(kernel.State->Shared->Region + buffer))[write.WordIndex] = write.Value;
                return true;
            case WriteRegisterCommand write:
                (&ThreadAt(kernel, write.Thread)->Context.Rip)[(int)write.Register] = write.Value;
                return true;
            default:
                kernel.Tick();
                return true;
        }
    }

    /// <summary>Makes a system call, again and again while it is preempted.</summary>
    private void Trap(SimKernel kernel, Core.Tcb* thread)
    {
        bool wasPreempted = false;
        while (IsPreemptedIn(kernel, thread))
        {
            wasPreempted = true;
            if (!thread->IsRunnable)
                break;
            CheckInvariants(kernel);
        }
        bool isDone = thread->State == Core.ThreadState.Running && new MessageInfo(thread->Context.Rsi).Label == 0;
        HasParted = HasParted || (wasPreempted && !isDone);
    }

    /// <summary>Makes a system call, and tells whether it was preempted.</summary>
    private bool IsPreemptedIn(SimKernel kernel, Core.Tcb* thread)
    {
        ulong passed = kernel.PreemptionPoints;
        kernel.PreemptAt(_preemption == Preemption.Always ? 1UL : 0);
        kernel.Trap(thread);
        kernel.PreemptAt(0);
        if (_preemption == Preemption.Never || kernel.PreemptionPoints == passed)
            return false;
        if (kernel == _kernel)
            Preemptions++;
        return true;
    }

    private static void CheckInvariants(SimKernel kernel)
    {
        if (Invariants.Find(kernel) is [var first, ..])
            throw new BrokenKernelException($"in the kernel an invariant does not hold: {first}");
    }

    private static Core.Tcb* ThreadAt(SimKernel kernel, ulong address) => (Core.Tcb*)(kernel.State->Shared->Region + address);

    private static void Load(Core.Tcb* thread, SystemCallCommand call)
    {
        thread->Context.Rdx = call.Number;
        thread->Context.Rdi = call.Capability;
        thread->Context.Rsi = call.Info;
        thread->Context.R10 = call.Word0;
        thread->Context.R8 = call.Word1;
        thread->Context.R9 = call.Word2;
        thread->Context.R15 = call.Word3;
    }

    private static Core.Fault FaultOf(Fault fault) => fault switch
    {
        UserException exception => Core.Fault.UserException(exception.Vector, exception.Code),
        VMFault memory => Core.Fault.Memory(memory.Address, memory.IsFetch ? 1UL : 0, memory.Status),
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}

namespace Rel4.Kernel.Tests;

/// <summary>Is the Sim machine that writes down what the core tells it, and can refuse and report.</summary>
internal unsafe struct RecordingMachine : IKernelMachine
{
    [ThreadStatic]
    private static List<string>? s_log;

    [ThreadStatic]
    private static bool s_isFull;

    [ThreadStatic]
    private static bool s_keepsClosed;

    [ThreadStatic]
    private static bool s_reports;

    [ThreadStatic]
    private static ulong s_postsWhenWaiting;

    [ThreadStatic]
    private static nint s_stopped;

    /// <summary>Gets what the core told this thread's machine.</summary>
    public static List<string> Log => s_log ??= [];

    /// <summary>Gets the thread that was stopped last; null if none was.</summary>
    public static Tcb* Stopped => (Tcb*)s_stopped;

    /// <summary>Starts anew.</summary>
    /// <param name="isFull">Whether the user-interrupt controller has nothing left.</param>
    /// <param name="keepsClosed">Whether a closed sender's index stays its thread's.</param>
    /// <param name="reports">Whether faults and abandonments can be reported.</param>
    /// <param name="postsWhenWaiting">The bits that are posted just before the posters can see that a receiver waits in the kernel.</param>
    public static void Reset(bool isFull = false, bool keepsClosed = false, bool reports = false, ulong postsWhenWaiting = 0)
    {
        Log.Clear();
        (s_isFull, s_keepsClosed, s_reports, s_postsWhenWaiting, s_stopped) = (isFull, keepsClosed, reports, postsWhenWaiting, 0);
    }

    public static void ThreadReady(KernelState* kernel, Tcb* thread) => SimMachine.ThreadReady(kernel, thread);

    public static void ThreadWoken(KernelState* kernel, Tcb* thread) => SimMachine.ThreadWoken(kernel, thread);

    public static void ThreadStopped(KernelState* kernel, Tcb* thread)
    {
        s_stopped = (nint)thread;
        SimMachine.ThreadStopped(kernel, thread);
    }

    public static void SetPriority(KernelState* kernel, Tcb* thread, int priority) => SimMachine.SetPriority(kernel, thread, priority);

    public static void Move(KernelState* kernel, Tcb* thread, KernelState* home) => SimMachine.Move(kernel, thread, home);

    public static void Stall(KernelState* kernel, Tcb* thread) => Log.Add("stall");

    public static void Yield(KernelState* kernel) => SimMachine.Yield(kernel);

    public static bool CanSwitchTo(KernelState* kernel, Tcb* thread) => SimMachine.CanSwitchTo(kernel, thread);

    public static void SwitchTo(KernelState* kernel, Tcb* thread) => SimMachine.SwitchTo(kernel, thread);

    public static void Schedule(KernelState* kernel) => SimMachine.Schedule(kernel);

    public static bool TryReportFault(KernelState* kernel, Tcb* thread, in Fault fault)
    {
        Log.Add($"fault {fault.Type} {fault.Word0}");
        return s_reports;
    }

    public static void SaveRegisters(KernelState* kernel, Tcb* caller)
    {
        Log.Add("save registers");
        caller->Context.GsBase++;
    }

    public static void LoadRegisters(KernelState* kernel, Tcb* caller) => Log.Add($"load registers, FS at {caller->Context.FsBase}");

    public static bool TryDebug(KernelState* kernel, Tcb* caller)
    {
        Log.Add($"debug call {(long)caller->Context.Rdx}");
        return s_reports;
    }

    public static bool TryReportAbandonment(KernelState* kernel, Tcb* caller)
    {
        Log.Add("abandoned");
        return s_reports;
    }

    public static bool PreemptionPending(KernelState* kernel) => SimMachine.PreemptionPending(kernel);

    public static void ClearMemory(KernelState* kernel, byte* start, ulong length)
    {
        Log.Add($"clear {length}");
        SimMachine.ClearMemory(kernel, start, length);
    }

    public static bool TryGetSize(ObjectType type, out int sizeBits, out bool fitsDevice) =>
        SimMachine.TryGetSize(type, out sizeBits, out fitsDevice);

    public static Capability Make(KernelState* kernel, ObjectType type, byte* memory, int sizeBits, bool isDevice)
    {
        Capability capability = SimMachine.Make(kernel, type, memory, sizeBits, isDevice);
        Log.Add($"make {capability.Type}");
        return capability;
    }

    public static void InitialiseThread(KernelState* kernel, Tcb* thread) => Log.Add("make Thread");

    public static bool TryOpenBatch(KernelState* kernel, Tcb* thread, out ulong bell) =>
        SimMachine.TryOpenBatch(kernel, thread, out bell) && !s_isFull;

    public static bool TryDerive(ref Capability capability) => SimMachine.TryDerive(ref capability);

    public static void Finalise(KernelState* kernel, in Capability capability, Finality finality) =>
        Log.Add($"finalise {capability.Type} {finality}");

    public static Result Invoke(KernelState* kernel, in Invocation invocation)
    {
        Log.Add($"invoke {invocation.Service->Cap.Type}");
        return Outcome.Done;
    }

    public static bool TryOpenReceiver(KernelState* kernel, Tcb* receiver, in Interruption interruption) =>
        !s_isFull && SimMachine.TryOpenReceiver(kernel, receiver, interruption);

    public static void CloseReceiver(KernelState* kernel, Tcb* receiver)
    {
        Log.Add("close receiver");
        SimMachine.CloseReceiver(kernel, receiver);
    }

    public static Sender* TryOpenSender(KernelState* kernel, Tcb* thread, Slot* slot, uint generation) =>
        s_isFull ? null : SimMachine.TryOpenSender(kernel, thread, slot, generation);

    public static void CloseSender(KernelState* kernel, Sender* sender)
    {
        Log.Add($"close sender {PlaceOf(kernel, sender).Index}");
        if (!s_keepsClosed)
            SimMachine.CloseSender(kernel, sender);
    }

    public static void ReleaseSender(KernelState* kernel, Sender* sender)
    {
        Log.Add($"release sender {PlaceOf(kernel, sender).Index}");
        SimMachine.ReleaseSender(kernel, sender);
    }

    public static Sender* FindSender(KernelState* kernel, Tcb* thread, int index) => SimMachine.FindSender(kernel, thread, index);

    public static Sender* FindAnySender(KernelState* kernel, Tcb* thread) => SimMachine.FindAnySender(kernel, thread);

    public static SenderPlace PlaceOf(KernelState* kernel, Sender* sender) => SimMachine.PlaceOf(kernel, sender);

    public static void Post(KernelState* kernel, Tcb* receiver, ulong bits) => SimMachine.Post(kernel, receiver, bits);

    public static ulong TakePending(KernelState* kernel, Tcb* receiver) => SimMachine.TakePending(kernel, receiver);

    public static void SetWaitsInKernel(KernelState* kernel, Tcb* receiver, bool waits)
    {
        if (waits)
            SimReceiver.Of(receiver)->Pending |= s_postsWhenWaiting;
        SimMachine.SetWaitsInKernel(kernel, receiver, waits);
    }
}

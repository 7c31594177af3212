using System.Threading;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the calls that a thread has written into a frame it shares with the kernel: many at one entry (<see cref="BatchFrame"/>).</summary>
/// <remarks>
/// A call there does what the same Call would do, and is answered the same: with the authority that the thread has when it is performed. The frame is the one in the thread's TCB, which is looked for
/// before each call and before each answer: when it is revoked the rest is not performed, and nobody is told. What a call consists of is copied into the kernel before anything of it is looked at. One
/// that is refused does not stop those behind it: they find what it did not make missing.
/// <list type="number">
/// <item>At most <see cref="BatchFrame.Capacity"/> calls are performed at a look, whatever the frame says, with a preemption point behind each.</item>
/// <item>A call that is preempted has no answer, and is read and performed anew at the next look.</item>
/// <item>The thread may be running on another processor, wait in the kernel, or be stopped: nothing here reads or writes its registers. So what can block, or is about its own registers or course, is
/// refused: sending to endpoints, replying, methods of its own TCB, and CopyRegisters, which can be from any thread to any.</item>
/// </list>
/// </remarks>
internal static unsafe class Batch<TMachine>
    where TMachine : struct, IKernelMachine
{
    /// <summary>Begins with the frame that a thread has got, if it has: what is in there was written for somebody else.</summary>
    public static void Begin(Tcb* thread)
    {
        BatchFrame* frame = FrameOf(thread);
        if (frame == null)
            return;
        thread->BatchCompleted = Volatile.Read(ref frame->Produced);
        Volatile.Write(ref frame->Completed, thread->BatchCompleted);
    }

    /// <summary>Tells whether calls wait in a thread's batch.</summary>
    public static bool HasCalls(Tcb* thread) => CallsOf(thread, FrameOf(thread)) != 0;

    /// <summary>Tells whether a thread's batch has more calls than can be there.</summary>
    public static bool IsOverrun(Tcb* thread)
    {
        BatchFrame* frame = FrameOf(thread);
        return frame != null && Volatile.Read(ref frame->Produced) - thread->BatchCompleted > BatchFrame.Capacity;
    }

    /// <summary>Performs the calls that are in a thread's batch now, if there are some and no more than there can be.</summary>
    /// <returns><see cref="Outcome.Preempted"/> if some are left, for the next look.</returns>
    public static Outcome Perform(KernelState* kernel, Tcb* thread)
    {
        Copy copy;
        BatchFrame* frame = FrameOf(thread);
        for (ulong left = CallsOf(thread, frame); left != 0 && frame != null; left--)
        {
            if (!TryPerformNext(kernel, thread, frame, &copy))
                return Outcome.Preempted;
            if (left > 1 && TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
            frame = FrameOf(thread);
        }

        return Outcome.Done;
    }

    /// <summary>Finds the frame of a thread's batch, by the kernel's own mapping; null if it has none.</summary>
    private static BatchFrame* FrameOf(Tcb* thread)
    {
        // The memory of what an empty slot names is null.
        ref readonly Capability frame = ref thread->BatchFrame.Cap;
        return frame.IsNull ? null : (BatchFrame*)frame.Memory;
    }

    private static ulong CallsOf(Tcb* thread, BatchFrame* frame)
    {
        if (frame == null)
            return 0;

        // Pairs with the thread's write of the counter, behind that of the entry.
        ulong count = Volatile.Read(ref frame->Produced) - thread->BatchCompleted;
        return count <= BatchFrame.Capacity ? count : 0;
    }

    /// <returns>False if it was preempted.</returns>
    private static bool TryPerformNext(KernelState* kernel, Tcb* thread, BatchFrame* frame, Copy* copy)
    {
        Result result = Perform(kernel, thread, BatchFrame.Entry(frame, thread->BatchCompleted), copy);
        if (result.Outcome == Outcome.Preempted)
            return false;
        if (result.Refusal.IsGiven(out Refusal refusal))
        {
            var writer = new MessageWriter(&copy->Registers, copy->Buffer);
            refusal.WriteTo(ref writer);
            Message.SetResult(&copy->Registers, 0, new MessageInfo((ulong)refusal.Code, 0, 0, writer.Length));
        }
        else if (result.Outcome == Outcome.Done)
        {
            Message.SetResult(&copy->Registers, 0, default);
        }

        // The call may have taken the frame away.
        frame = FrameOf(thread);
        if (frame != null)
            Answer(thread, frame, copy);
        return true;
    }

    private static void Answer(Tcb* thread, BatchFrame* frame, Copy* copy)
    {
        BatchAnswer* answer = BatchFrame.Answer(frame, thread->BatchCompleted);
        var info = new MessageInfo(copy->Registers.Rsi);
        uint length = Math.Min(info.Length, BatchAnswer.MessageWords);
        answer->Info = new MessageInfo(info.Label, 0, 0, length).Raw;
        for (int i = 0; i < (int)length; i++)
            answer->Words[i] = i < Limits.MessageRegisters ? Message.GetRegister(&copy->Registers, i) : copy->Words[i];
        thread->BatchCompleted++;

        // Pairs with the thread's read of the counter, before that of the answer.
        Volatile.Write(ref frame->Completed, thread->BatchCompleted);
    }

    private static Result Perform(KernelState* kernel, Tcb* thread, BatchEntry* entry, Copy* copy)
    {
        ulong address = Volatile.Read(ref entry->Service);
        var info = new MessageInfo(Volatile.Read(ref entry->Info));
        uint length = Math.Min(info.Length, BatchEntry.MessageWords);
        for (int i = 0; i < (int)length; i++)
            copy->Words[i] = Volatile.Read(ref entry->Words[i]);
        for (int i = 0; i < Limits.MessageRegisters; i++)
            Message.SetRegister(&copy->Registers, i, copy->Words[i]);
        Slot* slot = CSpace.LookupSlot(thread, address);
        if (slot == null)
            return Refusal.FailedLookup(Refusal.Side.Destination, CSpace.FailureOf(thread, address));
        ExtraCaps caps = default;
        for (int i = 0; i < (int)info.ExtraCaps; i++)
        {
            address = Volatile.Read(ref entry->Caps[i]);
            caps[i] = CSpace.LookupSlot(thread, address);
            if (caps[i] == null)
                return Refusal.FailedLookup(Refusal.Side.Source, CSpace.FailureOf(thread, address));
        }

        return Perform(kernel, new Invocation
        {
            Label = (InvocationLabel)info.Label,
            Length = length,
            Service = slot,
            Caller = thread,
            Registers = &copy->Registers,
            Buffer = copy->Buffer,
            IsCall = true,
            Caps = caps,
        });
    }

    private static Result Perform(KernelState* kernel, in Invocation invocation)
    {
        ref readonly Capability capability = ref invocation.Service->Cap;
        switch (capability.Type)
        {
            case CapType.Endpoint or CapType.Reply:
            case CapType.Thread when capability.Thread == invocation.Caller || invocation.Label == InvocationLabel.TcbCopyRegisters:
                return Refusal.Of(SeL4Error.IllegalOperation);
            case CapType.Notification when capability.Has(CapRights.Write) && !NotificationInvocations<TMachine>.IsMethod(invocation.Label):
                Signals<TMachine>.Signal(kernel, capability.Notification, capability.Badge);
                return Outcome.Done;
            default:
                return SystemCalls<TMachine>.Dispatch(kernel, invocation);
        }
    }

    /// <summary>Is a call in the kernel's own memory, and then its answer: registers, and what stands in the place of an IPC buffer.</summary>
    private struct Copy
    {
        public UserContext Registers;

        // As an IPC buffer begins: no method reads or writes beyond the words that there are, and no answer is longer than all registers.
        public ulong Tag;
        public fixed ulong Words[UserContext.Count];

        public IpcBuffer* Buffer
        {
            get
            {
                fixed (ulong* tag = &Tag)
                    return (IpcBuffer*)tag;
            }
        }
    }
}

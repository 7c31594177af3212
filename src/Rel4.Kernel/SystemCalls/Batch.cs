using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Performs the calls that a thread has written into a frame it shares with the kernel: many at one entry (<see cref="BatchFrame"/>).</summary>
/// <remarks>
/// A call there does what the same Call would do, and is answered the same: with the authority that the thread has when it is performed. The frame is the one in the thread's TCB, which is looked for
/// before each call and before each answer: when it is revoked the rest is not performed, and nobody is told. What a call consists of is copied into the kernel before anything of it is looked at. One
/// that is refused does not stop those behind it: they find what it did not make missing.
/// <list type="number">
/// <item>At most <see cref="BatchFrame.Capacity"/> calls are performed at a look, whatever the frame says, with preemption points between.</item>
/// <item>A call that is preempted has no answer, and is read and performed anew at the next look.</item>
/// <item>The thread may be running on another processor, wait in the kernel, or be stopped: nothing here reads or writes its registers. So what can block, or is about its own registers or course, is
/// refused: sending to endpoints, replying, methods of its own TCB, and CopyRegisters, which can be from any thread to any.</item>
/// </list>
/// </remarks>
internal static unsafe class Batch<TMachine>
    where TMachine : struct, IKernelMachine
{
    private const ulong CallsBetweenPoints = 8;

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
    public static bool HasCalls(Tcb* thread)
    {
        BatchFrame* frame = FrameOf(thread);
        return frame != null && CallsOf(thread, frame) is not 0 and <= BatchFrame.Capacity;
    }

    /// <summary>Performs the calls that are in a thread's batch now, if there are no more than there can be.</summary>
    /// <returns><see cref="Outcome.Preempted"/> if some are left, for the next look; a refusal if none was looked at.</returns>
    public static Result Perform(KernelState* kernel, Tcb* thread)
    {
        BatchFrame* frame = FrameOf(thread);
        if (frame == null)
            return Refusal.Of(SeL4Error.IllegalOperation);
        ulong left = CallsOf(thread, frame);
        if (left > BatchFrame.Capacity)
            return Refusal.Range(0, BatchFrame.Capacity);
        Copy copy;
        var invocation = new Invocation { Caller = thread, Registers = &copy.Registers, Buffer = BufferOf(&copy), IsCall = true };
        for (; left != 0; left--)
        {
            ulong number = thread->BatchCompleted;
            Result result = Perform(kernel, thread, BatchFrame.Entry(frame, number), &copy, ref invocation);

            // The call may have taken the frame away.
            if (FrameOf(thread) != frame)
                break;
            ulong info = 0;
            if (!result.IsPlain)
            {
                if (result.Outcome == Outcome.Preempted)
                    return Outcome.Preempted;
                info = WriteWords(BatchFrame.Answer(frame, number), result.Refusal, &copy);
            }

            BatchFrame.Answer(frame, number)->Info = info;
            thread->BatchCompleted = ++number;

            // Pairs with the thread's read of the counter, before that of the answer.
            Volatile.Write(ref frame->Completed, number);
            if (left % CallsBetweenPoints == CallsBetweenPoints - 1 && TMachine.PreemptionPending(kernel))
                return Outcome.Preempted;
        }

        return Outcome.Done;
    }

    /// <summary>Finds the frame of a thread's batch, by the kernel's own mapping; null if it has none.</summary>
    private static BatchFrame* FrameOf(Tcb* thread)
    {
        // An empty slot's address is null.
        return (BatchFrame*)thread->BatchFrame.Cap.Address;
    }

    // Pairs with the thread's write of the counter, behind that of the entry.
    private static ulong CallsOf(Tcb* thread, BatchFrame* frame) => Volatile.Read(ref frame->Produced) - thread->BatchCompleted;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Result Perform(KernelState* kernel, Tcb* thread, BatchEntry* entry, Copy* copy, ref Invocation invocation)
    {
        // Each word is read once: whoever shares the frame may change it meanwhile.
        ulong address = Volatile.Read(ref entry->Service);
        Capability root = thread->CSpaceRoot.Cap;
        Slot* service = CSpace.LookupSlot(thread, root, address);
        if (service == null)
            return NotFound(thread, address, Refusal.Side.Destination);
        invocation.Service = service;
        var info = new MessageInfo(Volatile.Read(ref entry->Info));
        invocation.Label = (InvocationLabel)info.Label;
        invocation.Length = Math.Min(info.Length, BatchEntry.MessageWords);
        invocation.Caps = default;
        if (info.ExtraCaps != 0)
        {
            address = Volatile.Read(ref entry->Caps[0]);
            Slot* cap = CSpace.LookupSlot(thread, root, address);
            if (cap == null)
                return NotFound(thread, address, Refusal.Side.Source);
            invocation.Caps[0] = cap;
            if (info.ExtraCaps > 1 && FindOthers(thread, entry, info.ExtraCaps, ref invocation).IsGiven(out Refusal refusal))
                return refusal;
        }

        copy->Registers.R10 = Volatile.Read(ref entry->Words[0]);
        copy->Registers.R8 = Volatile.Read(ref entry->Words[1]);
        copy->Registers.R9 = Volatile.Read(ref entry->Words[2]);
        copy->Registers.R15 = Volatile.Read(ref entry->Words[3]);
        *(Rest*)&copy->Words[Limits.MessageRegisters] = *(Rest*)&entry->Words[Limits.MessageRegisters];

        // What batches are for, without a further look: the label of its one method is the same in both tables.
        if (service->Cap.Type == CapType.Untyped)
            return UntypedInvocations<TMachine>.Invoke(kernel, invocation);
        invocation.Label = MethodLabels.Read(kernel, info.Label);
        return service->Cap.Type == CapType.CNode ? CNodeInvocations<TMachine>.Invoke(kernel, invocation) : PerformOther(kernel, invocation);
    }

    /// <summary>Finds the capabilities behind the first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Refusal FindOthers(Tcb* thread, BatchEntry* entry, uint caps, ref Invocation invocation)
    {
        for (int i = 1; i < (int)caps; i++)
        {
            ulong address = Volatile.Read(ref entry->Caps[i]);
            Slot* cap = CSpace.LookupSlot(thread, address);
            if (cap == null)
                return NotFound(thread, address, Refusal.Side.Source);
            invocation.Caps[i] = cap;
        }

        return default;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Result PerformOther(KernelState* kernel, in Invocation invocation)
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Refusal NotFound(Tcb* thread, ulong address, Refusal.Side side) => Refusal.FailedLookup(side, CSpace.FailureOf(thread, address));

    /// <summary>Writes the words of an answer.</summary>
    /// <returns>What is to stand in front of them.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong WriteWords(BatchAnswer* answer, Refusal refusal, Copy* copy)
    {
        uint length;
        if (refusal.IsGiven(out _))
        {
            var writer = new MessageWriter(&copy->Registers, BufferOf(copy));
            refusal.WriteTo(ref writer);
            length = writer.Length;
        }
        else
        {
            length = Math.Min(new MessageInfo(copy->Registers.Rsi).Length, BatchAnswer.MessageWords);
        }

        for (int i = 0; i < (int)length; i++)
            answer->Words[i] = i < Limits.MessageRegisters ? Message.GetRegister(&copy->Registers, i) : BufferOf(copy)->Message[i];
        return new MessageInfo((ulong)refusal.Code, 0, 0, length).Raw;
    }

    /// <summary>Finds what stands in the place of an IPC buffer. Nobody reads or writes more of it than the words that there are.</summary>
    private static IpcBuffer* BufferOf(Copy* copy) => (IpcBuffer*)(copy->Words - 1);

    /// <summary>A message in the kernel's own memory: what of a call has to be there, and then its answer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Copy
    {
        // Those of the message, and that in which an IPC buffer begins.
        public UserContext Registers;
        public ulong Tag;

        // An answer is no longer than all registers.
        public fixed ulong Words[UserContext.Count];
    }

    /// <summary>The words of a call that do not travel in registers.</summary>
    private struct Rest
    {
        private fixed ulong _words[BatchEntry.MessageWords - Limits.MessageRegisters];
    }
}

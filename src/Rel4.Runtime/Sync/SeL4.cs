using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Is seL4's interface under its own names: system calls, message registers, and the methods of kernel objects.</summary>
/// <remarks>
/// <para>Capabilities are named by their address in the calling thread's CSpace (CPtr). What is in the IPC buffer, and so every message
/// word, belongs to the calling thread; no two threads share it. None of this allocates.</para>
/// <para>A capability address that leads nowhere is a fault of the calling thread (manual section "Capability Faults"): its handler gets a
/// message and may let the call be repeated. A thread without a handler stops, or where it can't be stopped gets a
/// <c>SeL4FaultException</c>.</para>
/// <para>Methods return a <see cref="SeL4Error"/>; <see cref="InvocationFailure"/> decodes the details until the next system call. Beside
/// what each of them lists, every method can return <see cref="SeL4Error.InvalidCapability"/> 0 (the slot of <c>service</c> is empty),
/// <see cref="SeL4Error.IllegalOperation"/> (<c>service</c> is another kind of object) and <see cref="SeL4Error.TruncatedMessage"/> (the
/// thread has no IPC buffer for what doesn't fit into registers). An argument that names an empty slot is refused as one of the wrong kind. A
/// method on an endpoint or a notification is a message or a signal to it, as in seL4.</para>
/// <para>Source: <c>libsel4/include/sel4/syscalls.h</c>, <c>libsel4/include/interfaces/object-api.xml</c>, manual chapter "seL4 API
/// Reference".</para>
/// </remarks>
public static unsafe partial class SeL4
{
    /// <summary>Sends a message to an endpoint and waits until a receiver has taken it.</summary>
    /// <param name="dest">An endpoint with the Write right; the Grant right lets capabilities travel. Or a reply capability.</param>
    /// <param name="msgInfo">Label, length and number of capabilities; words and capabilities were put into the IPC buffer.</param>
    /// <remarks>
    /// Blocks while no receiver waits. A kernel object's method is carried out, but tells nothing of its result: use <see cref="Call"/>.
    /// That a receiver took a message doesn't tell that its code saw it: an asynchronous server (<see cref="ReL4"/>) keeps 64 synchronous messages of one
    /// badge that it has not ended, and drops the next. A call learns that, a send doesn't; <see cref="EndpointCap.SendAsync(ushort, ReadOnlyMemory{byte}, CancellationToken)"/> waits.
    /// Without the Write right, or to an empty slot, nothing is sent. Source: manual section "System Calls", <c>seL4_Send</c>.
    /// </remarks>
    public static void Send(ulong dest, MessageInfo msgInfo)
    {
        TrapFrame frame = Load(Syscall.Send, dest, msgInfo);
        UserMachine.Trap(&frame);
    }

    /// <summary>Sends a message to an endpoint if a receiver waits, and drops it otherwise.</summary>
    /// <param name="dest">An endpoint with the Write right; the Grant right lets capabilities travel. Or a reply capability.</param>
    /// <param name="msgInfo">Label, length and number of capabilities; words and capabilities were put into the IPC buffer.</param>
    /// <remarks>
    /// Never blocks, never faults, and doesn't tell whether the message was taken: that would be a channel back. Source: manual section
    /// "System Calls", <c>seL4_NBSend</c>.
    /// </remarks>
    public static void NBSend(ulong dest, MessageInfo msgInfo)
    {
        TrapFrame frame = Load(Syscall.NBSend, dest, msgInfo);
        UserMachine.Trap(&frame);
    }

    /// <summary>Sends a message and waits for the reply, which is in the message registers then.</summary>
    /// <param name="dest">
    /// An endpoint with the Write right, and Grant or GrantReply so that the receiver can reply. Or a kernel object.
    /// </param>
    /// <param name="msgInfo">Label, length and number of capabilities; words and capabilities were put into the IPC buffer.</param>
    /// <returns>The reply's label and length. The kernel's own replies carry a <see cref="SeL4Error"/> as label.</returns>
    /// <remarks>
    /// Blocks until a receiver has taken the message and replied. Without the Write right, or to an empty slot, the kernel replies at once
    /// with the label <see cref="SeL4Error.InvalidCapability"/>; a caller can't tell that from a server's label 2. With neither Grant nor
    /// GrantReply the message is sent and the caller stops. Source: manual section "System Calls", <c>seL4_Call</c>.
    /// </remarks>
    public static MessageInfo Call(ulong dest, MessageInfo msgInfo)
    {
        TrapFrame frame = Load(Syscall.Call, dest, msgInfo);
        UserMachine.Trap(&frame);
        Store(&frame);
        return frame.Info;
    }

    /// <summary>Replies to the thread that called last.</summary>
    /// <param name="msgInfo">Label, length and number of capabilities; words and capabilities were put into the IPC buffer.</param>
    /// <remarks>
    /// Never blocks. Does nothing if nobody waits for a reply, or if the reply capability was moved away by <see cref="CNode_SaveCaller"/>.
    /// Source: manual section "System Calls", <c>seL4_Reply</c>.
    /// </remarks>
    public static void Reply(MessageInfo msgInfo)
    {
        TrapFrame frame = Load(Syscall.Reply, 0, msgInfo);
        UserMachine.Trap(&frame);
    }

    /// <summary>Replies to the thread that called last, then waits for the next message: both in one kernel entry.</summary>
    /// <param name="src">What to receive from, as for <see cref="Recv"/>.</param>
    /// <param name="msgInfo">Label, length and number of capabilities of the reply.</param>
    /// <param name="sender">Badge of the capability that the next sender used, or the word of a notification.</param>
    /// <returns>Description of the message received.</returns>
    /// <remarks>
    /// Blocks while no sender waits. If <paramref name="src"/> is no good the reply is sent all the same, and then the thread faults.
    /// Source: manual section "System Calls", <c>seL4_ReplyRecv</c>.
    /// </remarks>
    public static MessageInfo ReplyRecv(ulong src, MessageInfo msgInfo, out ulong sender)
    {
        TrapFrame frame = Load(Syscall.ReplyRecv, src, msgInfo);
        return Receive(&frame, out sender);
    }

    /// <summary>Waits for a message, which is in the message registers then.</summary>
    /// <param name="src">An endpoint or notification with the Read right.</param>
    /// <param name="sender">Badge of the capability that the sender used, or the word of a notification.</param>
    /// <returns>Description of the message; 0 when a notification was delivered, also one that is bound to the thread.</returns>
    /// <remarks>
    /// Blocks while no sender waits. On an endpoint, a caller who wasn't replied to is forgotten and waits for ever. Anything else than an
    /// endpoint or notification with the Read right is a capability fault, and so is a notification that belongs to another thread. Source:
    /// manual section "System Calls", <c>seL4_Recv</c>.
    /// </remarks>
    public static MessageInfo Recv(ulong src, out ulong sender)
    {
        TrapFrame frame = new() { Number = Syscall.Recv, Capability = src };
        return Receive(&frame, out sender);
    }

    /// <summary>Receives a message if a sender waits.</summary>
    /// <param name="src">An endpoint or notification with the Read right.</param>
    /// <param name="sender">Badge of the capability that the sender used, or the word of a notification; 0 if there was nothing.</param>
    /// <returns>Description of the message; 0 if there was none.</returns>
    /// <remarks>
    /// Never blocks. Faults as <see cref="Recv"/>. Only badges tell a message without words from none, so give senders badges. Source:
    /// manual section "System Calls", <c>seL4_NBRecv</c>.
    /// </remarks>
    public static MessageInfo NBRecv(ulong src, out ulong sender)
    {
        TrapFrame frame = new() { Number = Syscall.NBRecv, Capability = src };
        return Receive(&frame, out sender);
    }

    /// <summary>Gives up the rest of the time slice to threads of the same priority.</summary>
    /// <remarks>Never blocks. Source: manual section "System Calls", <c>seL4_Yield</c>.</remarks>
    public static void Yield()
    {
        TrapFrame frame = new() { Number = Syscall.Yield };
        UserMachine.Trap(&frame);
    }

    /// <summary>Sets the calling thread's base of segment FS, which its thread-local storage is found by.</summary>
    /// <param name="tlsBase">The base, of whose bits the upper 16 count for nothing.</param>
    /// <remarks>Metal only. Never blocks. Source: <c>seL4_SetTLSBase</c>.</remarks>
    public static void SetTLSBase(ulong tlsBase)
    {
        TrapFrame frame = new() { Number = Syscall.SetTlsBase, Capability = tlsBase };
        UserMachine.Trap(&frame);
    }

    /// <summary>Signals a notification: its word is or-ed with the badge of the capability, and a waiting thread gets it.</summary>
    /// <param name="dest">A notification with the Write right.</param>
    /// <remarks>
    /// Never blocks. Without the Write right, or to an empty slot, nothing happens. Source: manual section "System Calls",
    /// <c>seL4_Signal</c>.
    /// </remarks>
    public static void Signal(ulong dest)
    {
        TrapFrame frame = new() { Number = Syscall.Send, Capability = dest };
        UserMachine.Trap(&frame);
    }

    /// <summary>Waits until a notification is signalled, and takes its word.</summary>
    /// <param name="src">A notification with the Read right, bound to no other thread.</param>
    /// <param name="sender">The word: badges of all signals since the last time, or-ed.</param>
    /// <remarks>
    /// Blocks while there is no signal. Faults as <see cref="Recv"/>. Source: manual section "System Calls", <c>seL4_Wait</c>.
    /// </remarks>
    public static void Wait(ulong src, out ulong sender) => Recv(src, out sender);

    /// <summary>Takes a notification's word if it was signalled.</summary>
    /// <param name="src">A notification with the Read right, bound to no other thread.</param>
    /// <param name="sender">The word: badges of all signals since the last time, or-ed; 0 if there were none.</param>
    /// <returns>0, as for every signal.</returns>
    /// <remarks>Never blocks. Faults as <see cref="Recv"/>. Source: manual section "System Calls", <c>seL4_Poll</c>.</remarks>
    public static MessageInfo Poll(ulong src, out ulong sender) => NBRecv(src, out sender);

    private static MessageInfo Receive(TrapFrame* frame, out ulong sender)
    {
        UserMachine.Trap(frame);
        Store(frame);
        sender = frame->Badge;
        return frame->Info;
    }

    /// <summary>Begins a system call with the message words that lie in the IPC buffer.</summary>
    private static TrapFrame Load(Syscall number, ulong capability, MessageInfo info)
    {
        TrapFrame frame = new() { Number = number, Capability = capability, Info = info };
        IpcBuffer* buffer = UserMachine.Buffer;
        if (buffer == null)
            return frame;
        frame.Word0 = buffer->Message[0];
        frame.Word1 = buffer->Message[1];
        frame.Word2 = buffer->Message[2];
        frame.Word3 = buffer->Message[3];
        return frame;
    }

    /// <summary>Puts the words that came in registers beside the others, so that user code sees one array.</summary>
    private static void Store(TrapFrame* frame)
    {
        IpcBuffer* buffer = UserMachine.Buffer;
        if (buffer == null)
            return;
        buffer->Message[0] = frame->Word0;
        buffer->Message[1] = frame->Word1;
        buffer->Message[2] = frame->Word2;
        buffer->Message[3] = frame->Word3;
    }
}

using Rel4.Abi;
using Rel4.Kernel;
using ThreadState = Rel4.Kernel.ThreadState;

namespace Rel4.Sim.Stories;

/// <content>What a thread does.</content>
internal sealed unsafe partial class StoryThread
{
    public void Send(CPtr to, ulong label = 0, params ulong[] words) => Send(to, new StoryMessage(label, words));

    public void Send(CPtr to, StoryMessage message) => Perform(Syscall.Send, to, message);

    public void NBSend(CPtr to, ulong label = 0, params ulong[] words) => NBSend(to, new StoryMessage(label, words));

    public void NBSend(CPtr to, StoryMessage message) => Perform(Syscall.NBSend, to, message);

    public void Call(CPtr to, ulong label = 0, params ulong[] words) => Call(to, new StoryMessage(label, words));

    public void Call(CPtr to, StoryMessage message) => Perform(Syscall.Call, to, message);

    public void Recv(CPtr from) => Perform(Syscall.Recv, from, new StoryMessage(0));

    public void NBRecv(CPtr from) => Perform(Syscall.NBRecv, from, new StoryMessage(0));

    public void Reply(params ulong[] words) => Reply(new StoryMessage(0, words));

    public void Reply(StoryMessage message) => Perform(Syscall.Reply, CPtr.Null, message);

    public void ReplyRecv(CPtr from, params ulong[] words) => ReplyRecv(from, new StoryMessage(0, words));

    public void ReplyRecv(CPtr from, StoryMessage message) => Perform(Syscall.ReplyRecv, from, message);

    public void Signal(CPtr to) => Perform(Syscall.Send, to, new StoryMessage(0));

    public void Wait(CPtr from) => Recv(from);

    public void Poll(CPtr from) => NBRecv(from);

    public void Yield() => Perform(Syscall.Yield, CPtr.Null, new StoryMessage(0));

    public void SetTlsBase(ulong address) => Perform(Syscall.SetTlsBase, address, new StoryMessage(0));

    /// <summary>Posts to a U-notification from user mode.</summary>
    /// <returns>False if the handle is not, or no longer, its own.</returns>
    public bool Post(SenderHandle handle)
    {
        bool posted = World.Kernel.Post(Tcb, handle);
        World.Note($"{Name} posts through {handle.Index} of generation {handle.Generation}: {posted}");
        return posted;
    }

    /// <summary>Faults at its present instruction.</summary>
    public void Faults(in Fault fault)
    {
        RequireRunnable();
        World.Kernel.RaiseFault(Tcb, fault);
        World.Note($"{Name} has a {fault.Type}; then it is {State}");
    }

    /// <summary>Makes the system call that its registers describe.</summary>
    public void Trap()
    {
        RequireRunnable();
        World.Kernel.Trap(Tcb);
        World.Note($"{Name} traps; then it is {State}");
    }

    /// <summary>Makes a system call, its message written into registers and IPC buffer first. What has no place there is lost.</summary>
    public void Perform(Syscall number, CPtr capability, StoryMessage message)
    {
        RequireRunnable();
        Write(message);
        var info = new MessageInfo(message.Label, 0, (uint)message.Caps.Length, (uint)message.Words.Length);
        World.Kernel.Trap(Tcb, number, capability.Value, info);
        World.Note($"{Name}: {number} {capability}, {message}; then it is {State}");
    }

    /// <summary>Invokes a method of an object, with any words and capabilities.</summary>
    public InvocationResult Invoke(CPtr service, InvocationLabel label, ReadOnlySpan<ulong> words = default, params ReadOnlySpan<CPtr> caps)
    {
        var message = new StoryMessage((ulong)label, words.ToArray()) { Caps = caps.ToArray() };
        RequireRunnable();
        World.Kernel.Dispatch(Tcb);
        Perform(Syscall.Call, service, message);
        return Answer($"{label} of {service} ({message})");
    }

    /// <summary>Makes its last system call again, as a preempted thread does.</summary>
    public InvocationResult Repeat()
    {
        Trap();
        return Answer("the repeated invocation");
    }

    private InvocationResult Answer(string invocation)
    {
        var info = new MessageInfo(Tcb->Context.Rsi);
        bool isPreempted = Tcb->State == ThreadState.Restart || (Tcb->State == ThreadState.Running && Tcb->Context.Rip == Tcb->FaultIP);
        var error = (SeL4Error)(isPreempted ? 0 : info.Label);
        var result = new InvocationResult(this, invocation, error, isPreempted, isPreempted ? [] : Words(info.Length));
        World.Note($"  answered by {result}");
        return result;
    }

    private void Write(StoryMessage message)
    {
        IpcBuffer* buffer = Buffer;
        for (int i = 0; i < message.Words.Length; i++)
            Kernel.Message.SetWord(&Tcb->Context, buffer, (uint)i, message.Words[i]);
        for (int i = 0; i < message.Caps.Length && buffer != null; i++)
            buffer->CapsOrBadges[i] = message.Caps[i].Value;
    }

    private void RequireRunnable()
    {
        if (!Tcb->IsRunnable)
            throw World.Failure($"{Name} is {State}, so it cannot do anything");
    }
}

using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the system calls that keep message words 0 to 3 in registers and out of the IPC buffer.</content>
/// <remarks>
/// Each does what its namesake does. A thread without an IPC buffer can use them for messages of up to four words. What <c>ref</c> and
/// <c>out</c> words hold beyond the length of a received message is meaningless.
/// </remarks>
public static unsafe partial class SeL4
{
    /// <summary>
    /// Sends a message whose first words are given, and waits until a receiver has taken it. Blocks as <see cref="Send"/>.
    /// </summary>
    public static void SendWithMRs(ulong dest, MessageInfo msgInfo, ulong mr0 = 0, ulong mr1 = 0, ulong mr2 = 0, ulong mr3 = 0)
    {
        TrapFrame frame = Begin(Syscall.Send, dest, msgInfo, mr0, mr1, mr2, mr3);
        UserMachine.Trap(&frame);
    }

    /// <summary>Sends a message whose first words are given if a receiver waits. Never blocks, as <see cref="NBSend"/>.</summary>
    public static void NBSendWithMRs(ulong dest, MessageInfo msgInfo, ulong mr0 = 0, ulong mr1 = 0, ulong mr2 = 0, ulong mr3 = 0)
    {
        TrapFrame frame = Begin(Syscall.NBSend, dest, msgInfo, mr0, mr1, mr2, mr3);
        UserMachine.Trap(&frame);
    }

    /// <summary>Sends a message whose first words are given and waits for the reply. Blocks as <see cref="Call"/>.</summary>
    public static MessageInfo CallWithMRs(ulong dest, MessageInfo msgInfo, ref ulong mr0, ref ulong mr1, ref ulong mr2, ref ulong mr3)
    {
        TrapFrame frame = Begin(Syscall.Call, dest, msgInfo, mr0, mr1, mr2, mr3);
        return Finish(&frame, out _, out mr0, out mr1, out mr2, out mr3);
    }

    /// <summary>Replies to the last caller with a message whose first words are given. Never blocks, as <see cref="Reply"/>.</summary>
    public static void ReplyWithMRs(MessageInfo msgInfo, ulong mr0 = 0, ulong mr1 = 0, ulong mr2 = 0, ulong mr3 = 0)
    {
        TrapFrame frame = Begin(Syscall.Reply, 0, msgInfo, mr0, mr1, mr2, mr3);
        UserMachine.Trap(&frame);
    }

    /// <summary>
    /// Replies with a message whose first words are given, then waits for the next message. Blocks as <see cref="ReplyRecv"/>.
    /// </summary>
    public static MessageInfo ReplyRecvWithMRs(
        ulong src, MessageInfo msgInfo, out ulong sender, ref ulong mr0, ref ulong mr1, ref ulong mr2, ref ulong mr3)
    {
        TrapFrame frame = Begin(Syscall.ReplyRecv, src, msgInfo, mr0, mr1, mr2, mr3);
        return Finish(&frame, out sender, out mr0, out mr1, out mr2, out mr3);
    }

    /// <summary>Waits for a message and returns its first words. Blocks as <see cref="Recv"/>.</summary>
    public static MessageInfo RecvWithMRs(ulong src, out ulong sender, out ulong mr0, out ulong mr1, out ulong mr2, out ulong mr3)
    {
        TrapFrame frame = new() { Number = Syscall.Recv, Capability = src };
        return Finish(&frame, out sender, out mr0, out mr1, out mr2, out mr3);
    }

    /// <summary>Receives a message if a sender waits, and returns its first words. Never blocks, as <see cref="NBRecv"/>.</summary>
    public static MessageInfo NBRecvWithMRs(ulong src, out ulong sender, out ulong mr0, out ulong mr1, out ulong mr2, out ulong mr3)
    {
        TrapFrame frame = new() { Number = Syscall.NBRecv, Capability = src };
        return Finish(&frame, out sender, out mr0, out mr1, out mr2, out mr3);
    }

    private static TrapFrame Begin(Syscall number, ulong capability, MessageInfo info, ulong mr0, ulong mr1, ulong mr2, ulong mr3) => new()
    {
        Number = number,
        Capability = capability,
        Info = info,
        Word0 = mr0,
        Word1 = mr1,
        Word2 = mr2,
        Word3 = mr3,
    };

    private static MessageInfo Finish(TrapFrame* frame, out ulong sender, out ulong mr0, out ulong mr1, out ulong mr2, out ulong mr3)
    {
        UserMachine.Trap(frame);
        sender = frame->Badge;
        mr0 = frame->Word0;
        mr1 = frame->Word1;
        mr2 = frame->Word2;
        mr3 = frame->Word3;
        return frame->Info;
    }
}

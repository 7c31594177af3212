using System.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Makes the system calls that the root task says, and serves the benchmark.</summary>
internal static unsafe class Program
{
    [RuntimeExport("task_main")]
    private static void Main() => Commands.Serve(&Execute);

    private static void Execute(CommandPage* page)
    {
        switch (page->Command)
        {
            case WorkerCommand.SystemCall:
                MakeSystemCall(page);
                break;
            case WorkerCommand.Serve:
                Serve(page->Target, new MessageInfo(0, 0, 0, (uint)page->Argument));
                break;
            case WorkerCommand.GetHandler:
                page->Badge = Interruptions.Handler();
                break;
            case WorkerCommand.SendInterrupt:
                for (ulong i = 0; i < page->Argument; i++)
                {
                    Interruptions.Send(page->Target);
                    page->Turns++;
                }

                break;
            case WorkerCommand.MaskInterrupts:
                Interruptions.Mask();
                break;
            case WorkerCommand.UnmaskInterrupts:
                Interruptions.Unmask();
                break;
            case WorkerCommand.TestInterrupts:
                page->Badge = Interruptions.AreTaken();
                break;
            case WorkerCommand.TakeInterrupts:
                page->Badge = Interruptions.TakeArrived();
                break;
            case WorkerCommand.AwaitInterrupts:
                do
                    page->Turns++;
                while ((page->Badge = Interruptions.TakeArrived()) == 0);
                break;
            case WorkerCommand.Converse:
                Conversation.Hold(page);
                break;
            case WorkerCommand.Take:
                while (true)
                    TaskCode.SystemCall(page->Target, default, Syscall.Recv);
        }
    }

    private static void MakeSystemCall(CommandPage* page)
    {
        var info = new MessageInfo(page->Argument);
        Words words = page->Sent;
        ulong badge = 0;
        switch (page->Call)
        {
            case Syscall.Send:
                SeL4.SendWithMRs(page->Target, info, words.Word0, words.Word1, words.Word2, words.Word3);
                break;
            case Syscall.NBSend:
                SeL4.NBSendWithMRs(page->Target, info, words.Word0, words.Word1, words.Word2, words.Word3);
                break;
            case Syscall.Call:
                info = SeL4.CallWithMRs(page->Target, info, ref words.Word0, ref words.Word1, ref words.Word2, ref words.Word3);
                break;
            case Syscall.Recv:
                info = SeL4.RecvWithMRs(page->Target, out badge, out words.Word0, out words.Word1, out words.Word2, out words.Word3);
                break;
            case Syscall.NBRecv:
                info = SeL4.NBRecvWithMRs(page->Target, out badge, out words.Word0, out words.Word1, out words.Word2, out words.Word3);
                break;
            case Syscall.Reply:
                SeL4.ReplyWithMRs(info, words.Word0, words.Word1, words.Word2, words.Word3);
                break;
            case Syscall.ReplyRecv:
                info = SeL4.ReplyRecvWithMRs(
                    page->Target, info, out badge, ref words.Word0, ref words.Word1, ref words.Word2, ref words.Word3);
                break;
            case Syscall.Yield:
                SeL4.Yield();
                break;
        }

        page->Badge = badge;
        page->Received = info;
        page->Got = words;
    }

    /// <summary>Replies to the calls at an endpoint for ever.</summary>
    private static void Serve(ulong endpoint, MessageInfo reply)
    {
        TaskCode.SystemCall(endpoint, default, Syscall.Recv);
        while (true)
            TaskCode.SystemCall(endpoint, reply, Syscall.ReplyRecv);
    }
}

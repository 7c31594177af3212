using System.Runtime;
using Internal.Runtime;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Metal.User;

/// <summary>Serves the other, or calls it, as the root task says.</summary>
internal static unsafe class Program
{
    private static Peer? s_peer;

    [RuntimeExport("task_main")]
    private static void Main()
    {
        Startup.MakeStatics();
        Commands.Serve(&Execute);
    }

    private static void Execute(CommandPage* page)
    {
        switch (page->Command)
        {
            case WorkerCommand.OpenReceiver:
                page->Badge = (ulong)SeL4.TCB_RegisterReceiver(
                    PairLayout.OwnThread, PairLayout.OwnBell, Interruptions.Handler(), Interruptions.RedZone, out _);
                Interruptions.Unmask();
                ChannelEnd.Format((ChannelFrame*)PairLayout.OwnFrame, (int)PairLayout.FrameBytes, new ChannelOptions());
                break;
            case WorkerCommand.OpenChannel:
                page->Badge = (ulong)SeL4.TCB_RegisterSender(PairLayout.OwnThread, PairLayout.PeerBell, out SenderHandle sender);
                s_peer = new Peer(sender.Index, isServer: page->Argument != 0, processor: (int)page->Target - 1);
                break;
            case WorkerCommand.ServeChannel:
                s_peer!.Serve();
                break;
            case WorkerCommand.CallChannel:
                page->Badge = s_peer!.Call((int)page->Argument, page->Target);
                SeL4.Signal(PairLayout.DoneSlot);
                break;
        }
    }
}

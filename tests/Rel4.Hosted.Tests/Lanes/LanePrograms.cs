using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Hostile;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Holds a task that makes processes to have more lanes than one may.</summary>
internal static class LanePrograms
{
    private const int Pairs = Rel4.Hosted.Kernel.Lanes.MostOfProcess + 4;

    private static readonly bool[] s_mayCall = new bool[Pairs], s_isOpen = new bool[Pairs];

    /// <summary>Opens the lane of one process after another, and writes how many are open then.</summary>
    public static void OpenByManyProcesses()
    {
        for (int i = 0; i < Pairs; i++)
        {
            int number = i;
            var endpoint = new EndpointCap(MachineUser.Make(ObjectType.Endpoint));
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), $"serves {number}", () =>
            {
                for (endpoint.Receive(); ;)
                    endpoint.ReplyReceive(0);
            });
            VSpaceCap space = OwnProcess.Make(MachineUser.Machine.Holdings.Memory, MachineUser.TakeSlot(), out int ownEnd);
            OwnProcess.Run(space, ownEnd, () => OpenInTurn(number, endpoint));
        }

        // No system call of this thread closes what is open.
        for (int i = 0; i < Pairs; i++)
        {
            Volatile.Write(ref s_mayCall[i], true);
            while (!Volatile.Read(ref s_isOpen[i]))
                Thread.Sleep(1);
        }

        // Each says anew whether its own is.
        Thread.Sleep(100);
        Console.WriteLine($"{s_isOpen.Count(isOpen => isOpen)} lanes are open");
    }

    private static void OpenInTurn(int number, EndpointCap endpoint)
    {
        while (!Volatile.Read(ref s_mayCall[number]))
            Thread.Sleep(1);
        while (TaskThread.Current!.Lane is not { Word.State: LaneState.Idle })
            endpoint.Call(0);
        for (; ; Thread.Sleep(1))
            Volatile.Write(ref s_isOpen[number], TaskThread.Current.Lane.Word.State == LaneState.Idle);
    }
}

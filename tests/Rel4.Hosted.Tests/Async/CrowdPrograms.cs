using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds a task that a thousand senders signal, and those that they belong to.</summary>
internal static class CrowdPrograms
{
    /// <summary>Clients, and the senders of each.</summary>
    public const int Clients = 4, SendersOfEach = 250;

    /// <summary>Names the environment variable that tells a client its number.</summary>
    public const string Number = "NUMBER";

    /// <summary>Names the notification of a client.</summary>
    public static string NameOf(int client) => string.Create(CultureInfo.InvariantCulture, $"client-{client}");

    /// <summary>Signals back to whoever signals, parked until then.</summary>
    public static void Echo()
    {
        InterruptReceiver doorbells = MachineUser.OpenReceiver(TaskContext.Notification("own"));
        using InterruptParking parking = MachineUser.Machine.CreateParking(doorbells);
        InterruptSender[] back =
            [.. Enumerable.Range(0, Clients).Select(client => MachineUser.OpenSender(TaskContext.Notification(NameOf(client))))];
        Console.WriteLine("ready");
        while (true)
        {
            ulong bits = MachineUser.ParkUntil(parking, () => false);
            for (int client = 0; client < Clients; client++)
            {
                if ((bits >> client & 1) != 0)
                    back[client].TryPost();
            }
        }
    }

    /// <summary>Signals with each of its senders, and waits for the answer each time.</summary>
    public static void Signal()
    {
        string name = NameOf(int.Parse(Environment.GetEnvironmentVariable(Number)!, CultureInfo.InvariantCulture));
        InterruptReceiver doorbells = MachineUser.OpenReceiver(TaskContext.Notification("own"));
        using InterruptParking parking = MachineUser.Machine.CreateParking(doorbells);
        ulong server = TaskContext.Notification("server").CPtr;
        long start = Stopwatch.GetTimestamp();
        InterruptSender[] senders =
            [.. Enumerable.Range(0, SendersOfEach).Select(_ => MachineUser.OpenSender(new NotificationCap(MachineUser.Mint(server, CapRights.Write))))];
        TimeSpan registered = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        foreach (InterruptSender sender in senders)
        {
            if (!sender.TryPost())
                throw new InvalidOperationException("the sender is closed");
            MachineUser.ParkUntil(parking, () => false);
        }

        TimeSpan answered = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: registered in {registered.TotalMicroseconds / SendersOfEach:0} us each, answered in {answered.TotalMicroseconds / SendersOfEach:0} us each"));
    }
}

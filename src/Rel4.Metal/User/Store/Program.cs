using System.Runtime;
using Internal.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>The store's program.</summary>
internal static unsafe class Program
{
    /// <summary>Gets what the root task said.</summary>
    public static KvLayout Layout { get; private set; }

    [RuntimeExport("task_main")]
    private static void Main(ulong argument)
    {
        Layout = new KvLayout(argument);
        if (Layout.Role == KvRole.Serve)
            ReL4.Run(&Server.ServeAsync);
        TaskMachine.Install((IpcBuffer*)BrokerLayout.IpcBuffer);
        Startup.MakeStatics();
        Server.ServeSynchronously(Layout);
    }
}

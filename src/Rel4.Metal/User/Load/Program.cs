using System.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Does what the root task says each time it is signalled, and tells what came of it.</summary>
internal static unsafe class Program
{
    [RuntimeExport("task_main")]
    private static void Main(ulong argument)
    {
        var layout = new KvLayout(argument);
        switch (layout.Role)
        {
            case KvRole.Check:
                ReL4.Run(&Checks.RunAsync);
                break;
            case KvRole.Call:
                ReL4.Run(&Callers.CallAsync);
                break;
            case KvRole.CallSynchronously:
                TaskMachine.Install((IpcBuffer*)BrokerLayout.IpcBuffer);
                SynchronousCaller.Call(layout);
                break;
        }
    }
}

using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Waits for the root task's commands and tells it when they are done: the life of every task that it builds.</summary>
internal static unsafe class Commands
{
    /// <summary>Gets the page where they stand.</summary>
    public static CommandPage* Page => (CommandPage*)TaskLayout.Commands;

    /// <summary>Carries out commands for ever.</summary>
    /// <param name="execute">What to do with those that not every task knows.</param>
    public static void Serve(delegate*<CommandPage*, void> execute)
    {
        TaskMachine.Install((IpcBuffer*)TaskLayout.IpcBuffer);
        while (true)
        {
            SeL4.Wait(TaskLayout.CommandSlot, out _);
            if (!TryExecute(Page))
                execute(Page);
            Page->Completed = Page->Issued;
        }
    }

    private static bool TryExecute(CommandPage* page)
    {
        switch (page->Command)
        {
            case WorkerCommand.Read:
                page->Badge = *(ulong*)page->Target;
                return true;
            case WorkerCommand.Write:
                *(ulong*)page->Target = page->Argument;
                return true;
            case WorkerCommand.Run:
                ((delegate*<void>)page->Target)();
                return true;
            case WorkerCommand.Count:
                while (true)
                    Volatile.Write(ref page->Turns, page->Turns + 1);
            default:
                return false;
        }
    }
}

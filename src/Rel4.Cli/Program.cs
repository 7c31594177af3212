using System.CommandLine;
using Rel4.Cli;
using Rel4.Cli.Commands;

// Each command is one file in Commands; ./rel4 starts this program and passes its arguments on.
var repository = Repository.Find();
var root = new RootCommand("reL4 for .NET: a microkernel's IPC in C#.")
{
    TestCommand.Create(repository),
    MetalCommand.Create(repository),
};
DocumentedCommand.ShowExamples(root);
return await root.Parse(args).InvokeAsync();
// x

using Rel4.Kernel.Mutants;
using Xunit.Runner.InProc.SystemConsole;

return args is ["worker", ..] ? Worker.Run(args[1..]) : await ConsoleRunner.Run(args);

using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Sandbox;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>Makes a process a task: protects it, connects it with its kernel, and runs the task's method if it has one.</summary>
internal static class TaskStartup
{
    /// <summary>The exit code of a task that an exception ended; a shell shows it for a process that <c>SIGABRT</c> ended.</summary>
    public const int UnhandledException = 134;

    private static readonly TimeSpan s_debuggerLook = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes the process a task. Returns if the program's <c>Main</c> is to run, or if this is no task.</summary>
    [RequiresUnreferencedCode("Runs a method that is known by name.")]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Run()
    {
        if (!TaskContext.IsAvailable)
            return;
        TaskManifest manifest = TaskContext.Manifest;
        try
        {
            string? debug = Environment.GetEnvironmentVariable(TaskHardening.DebugVariable);
            if (debug is null)
                TaskHardening.Apply();
            else
                TaskHardening.OpenToDebuggers();
            CurrentTask.Attach();
            if (debug == TaskHardening.DebugAndWait)
                WaitForDebugger();
            if (manifest.Method is { } method)
                Environment.Exit(Invoke(method));
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine($"Task '{manifest.Task}' ends: unhandled exception. {failure}{RemedyOf(failure)}");
            Environment.Exit(UnhandledException);
        }
    }

    /// <summary>Waits until a debugger for .NET is attached.</summary>
    /// <exception cref="KernelEndedException">The kernel has ended, and the task is not to begin any more.</exception>
    public static void WaitForDebugger()
    {
        while (!Debugger.IsAttached)
        {
            if (!CurrentTask.IsAttached)
                throw new KernelEndedException();
            Thread.Sleep(s_debuggerLook);
        }
    }

    /// <summary>Says what to grant if the sandbox has refused something: Linux says only that it is denied.</summary>
    private static string RemedyOf(Exception failure) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            "\nA task may make the sockets that its SandboxPolicy has in Sockets ('sandbox', 'sockets' in a file).",
        UnauthorizedAccessException =>
            "\nA task may use the files that its SandboxPolicy has in ReadablePaths or WritablePaths ('sandbox', 'readable' or 'writable' in a file).",
        OutOfMemoryException => "\nA task may use the memory and the threads that its TaskLimits allow ('limits' in a file).",
        { InnerException: { } cause } => RemedyOf(cause),
        _ => "",
    };

    /// <summary>Runs the method of a task.</summary>
    /// <returns>Its exit code.</returns>
    [RequiresUnreferencedCode("Runs a method that is known by name.")]
    public static int Invoke(TaskMethod method)
    {
        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        MethodInfo found = Assembly.Load(method.Assembly).GetType(method.Type, throwOnError: true)!.GetMethod(method.Name, Static, [])
            ?? throw new MissingMethodException($"{method} is no static method without parameters");
        if (found.ReturnType == typeof(int))
            return found.CreateDelegate<Func<int>>()();
        found.CreateDelegate<Action>()();
        return 0;
    }
}

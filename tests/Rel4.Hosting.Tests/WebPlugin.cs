using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Rel4.AspNetCore;
using Rel4.Hosted.Composition;

namespace Rel4.Hosting.Tests;

/// <summary>A whole web application that runs as a task.</summary>
internal static class WebPlugin
{
    /// <summary>Serves HTTP at 'requests'.</summary>
    public static void Run() => Run(Environment.GetCommandLineArgs()[1..]);

    /// <summary>Does so inside of the host, whose arguments are another program's.</summary>
    public static void RunInProcess() => Run([]);

    private static void Run(string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(arguments);
        builder.WebHost.UseRel4(TaskContext.Endpoint("requests"));
        WebApplication app = builder.Build();
        app.MapGet("/settings", (IConfiguration settings, IHostEnvironment environment) =>
            $"{settings["Greeting"]}, {settings["Caller"]}, {environment.EnvironmentName}, {environment.ContentRootPath}, {Environment.GetEnvironmentVariable("PATH") ?? "no path"}");
        app.MapGet("/stop", (IHostApplicationLifetime lifetime) => lifetime.StopApplication());
        app.MapGet("/write", (IHostEnvironment environment) =>
        {
            try
            {
                File.WriteAllText(Path.Combine(environment.ContentRootPath, "appsettings.json"), "{}");
                return "written";
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                return "refused";
            }
        });
        app.Run();
    }
}

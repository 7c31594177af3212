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
    public static void Run()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(Environment.GetCommandLineArgs()[1..]);
        builder.WebHost.UseRel4(TaskContext.Endpoint("requests"));
        WebApplication app = builder.Build();
        app.MapGet("/settings", (IConfiguration settings, IHostEnvironment environment) =>
            $"{settings["Greeting"]}, {settings["Caller"]}, {environment.EnvironmentName}, {environment.ContentRootPath}, {Environment.GetEnvironmentVariable("HOME") ?? "no home"}");
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

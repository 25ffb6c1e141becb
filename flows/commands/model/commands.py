"""``labflow model``: the student by itself, outside of a run. Each command is in a module of its own and registered here."""

import typer

from flows.commands.model.download import DOWNLOAD_EPILOG, download
from flows.commands.model.evaluate import EVALUATE_EPILOG, evaluate
from flows.commands.model.export import EXPORT_EPILOG, export
from flows.commands.model.serve import SERVE_EPILOG, serve
from flows.commands.model.stored import LIST_EPILOG, REMOVE_EPILOG, list_stored, remove
from flows.commands.model.training import TRAIN_EPILOG, train

model_app = typer.Typer(help="Download, list, serve, export, train and examine models, outside of a run.", no_args_is_help=True)
model_app.command(epilog=DOWNLOAD_EPILOG)(download)
model_app.command("list", epilog=LIST_EPILOG)(list_stored)
model_app.command(epilog=SERVE_EPILOG)(serve)
model_app.command(epilog=EXPORT_EPILOG)(export)
model_app.command(epilog=REMOVE_EPILOG)(remove)
model_app.command(epilog=EVALUATE_EPILOG)(evaluate)
model_app.command(epilog=TRAIN_EPILOG)(train)
